// Five guided stories: three sentences, a prediction, a scene, and what to see. Numbers: of seeds 0 to 9, see the tests.

export const STORIES = [
  {
    title: "Raise β",
    says: "β is the price of information: each nat that the code carries about the picture costs β. "
      + "The scene trains until two latents are at work, one for x (a long way, 8 pixels) and one for y (a short way, 4.6 pixels). "
      + "Then β rises slowly until nothing is worth its price, and falls again.",
    asks: "Which factor does the code give up first?",
    answers: ["x, the long way", "y, the short way", "both at once"], right: 1,
    reveals: "y. A latent pays if it improves the picture by more than β for each nat, and knowing y improves it less: the ellipse is "
      + "never far from the middle. So y goes first and comes back last. Every latent has a critical β of its own; see the KL of each latent.",
    scene: {world: "ellipse", objective: "beta-tcvae", schedule: "cooling", beta: 1, tc: 6, latents: 4, seed: 1},
    tour: true, where: ["03_beta_vae.html", "water", "Lecture 3, water"],
  },
  {
    title: "Same β, cold start",
    says: "Here β is 1 from the first step on, as in every plain VAE: nothing is cooled. "
      + "All latents become worth their price at the same moment and grow together. "
      + "Then train the same seed again with the schedule “cooling”, which ends at the same β.",
    asks: "With which schedule is MIG higher in the end?",
    answers: ["cold start (constant)", "cooling", "the same: β is the same"], right: 1,
    reveals: "",
    scene: {world: "ellipse", objective: "vae", schedule: "constant", beta: 1, tc: 6, latents: 4, seed: 1},
    where: ["03_beta_vae.html", "what-beta-changes-and-what-its-schedule-changes", "Lecture 3, β and its schedule"],
  },
  {
    title: "TC against β",
    says: "", asks: "", answers: [], right: 0, reveals: "",
    scene: {world: "ellipse", objective: "beta-vae", schedule: "constant", beta: 3, tc: 6, latents: 4, seed: 1},
    where: ["05_beta_tcvae.html", "the-promise", "Lecture 5, the promise"],
  },
  {
    title: "Correlate the factors",
    says: "", asks: "", answers: [], right: 0, reveals: "",
    scene: {world: "fruit-correlated", objective: "beta-tcvae", schedule: "cooling", beta: 1, tc: 6, latents: 4, seed: 1},
    where: ["09_without_labels.html", "factors-that-go-together-the-faces", "Lecture 9, factors that go together"],
  },
  {
    title: "Turn the latents",
    says: "", asks: "", answers: [], right: 0, reveals: "",
    scene: {world: "ellipse", objective: "beta-tcvae", schedule: "cooling", beta: 1, tc: 6, latents: 2, seed: 1},
    where: ["09_without_labels.html", "the-same-p-x-rotated", "Lecture 9, the same p(x), rotated"],
  },
];
