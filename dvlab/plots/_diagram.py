"""The VAE as a drawing."""


def vae_diagram():
    """The VAE as a drawing: image, encoder, code, decoder, image, and where the loss's two terms sit.

    Returns
    -------
    matplotlib Figure

    Examples
    --------
    >>> figure = vae_diagram()
    """
    from matplotlib import pyplot

    figure, ax = pyplot.subplots(figsize=(9.5, 3.1), layout="constrained")
    ax.set(xlim=(0, 19), ylim=(-0.3, 6), aspect="equal")
    ax.set_axis_off()
    boxes = {"alpha": 0.25, "edgecolor": "black"}
    ax.add_patch(pyplot.Polygon([(3, 1), (3, 5), (6, 4), (6, 2)], facecolor="#0072B2", **boxes))
    ax.add_patch(pyplot.Polygon([(13, 2), (13, 4), (16, 5), (16, 1)], facecolor="#D55E00", **boxes))
    ax.text(4.5, 3, "encoder\n$q_\\phi(\\mathbf{z}|\\mathbf{x})$", ha="center", va="center")
    ax.text(14.5, 3, "decoder\n$p_\\theta(\\mathbf{x}|\\mathbf{z})$", ha="center", va="center")
    names = {
        (1.2, 3): "image\n$\\mathbf{x}$",
        (8, 4): "means $\\mathbf{\\mu}_\\phi(\\mathbf{x})$",
        (8, 2): "standard\ndeviations $\\mathbf{\\sigma}_\\phi(\\mathbf{x})$",
        (11.4, 3): "code\n$\\mathbf{z}=\\mathbf{\\mu}+\\mathbf{\\sigma}\\odot\\mathbf{\\varepsilon}$",
        (11.4, 0.3): "noise $\\mathbf{\\varepsilon}\\sim\\mathcal{N}(\\mathbf{0},\\mathbf{I})$",
        (17.8, 3): "image\nagain",
    }
    for (x, y), words in names.items():
        ax.text(x, y, words, ha="center", va="center")
    arrows = [(2, 3, 3, 3), (6, 3.3, 6.7, 3.7), (6, 2.7, 6.7, 2.3), (9.2, 3.8, 10, 3.3), (9.4, 2.3, 10, 2.7)]
    for x, y, to_x, to_y in [*arrows, (11.4, 0.7, 11.4, 2.2), (12.5, 3, 13, 3), (16, 3, 17, 3)]:
        ax.annotate("", (to_x, to_y), (x, y), arrowprops={"arrowstyle": "->"})
    ax.text(8, 5.5, "near the prior: $D_{KL}(q_\\phi(\\mathbf{z}|\\mathbf{x})\\,||\\,p(\\mathbf{z}))$", ha="center")
    ax.text(15.4, 5.5, "a bad copy costs $-\\log p_\\theta(\\mathbf{x}|\\mathbf{z})$", ha="center")
    return figure
