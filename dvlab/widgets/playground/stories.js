// Five guided stories: three sentences, a prediction, a scene, and what was seen with the seeds that are named. Each scene's
// seed was chosen because it shows the effect well; another run may differ, and the reader sees it.

const place = {world: "ellipse", schedule: "cooling", objective: "beta-tcvae", beta: 1, tc: 6, latents: 4, seed: 1};

export const STORIES = [
  {
    title: "Raise β",
    says: "β is the weight of the KL: each nat that the code tells about the picture costs β. "
      + "The scene trains until two latents are on, one for x, where the ellipse moves 8 pixels, and one for y, where it moves 4.6. "
      + "Then, from step 900 on, β rises slowly to 25, and falls again.",
    asks: "Which factor does the code give up first?",
    answers: ["x, the long way", "y, the short way", "both at once"], right: 1,
    reveals: "y goes first, and comes back last. A latent stays on while each nat it tells improves the picture by more than β; to know y "
      + "improves it less, as the ellipse is never far from the middle. So each latent has a critical β of its own: watch “KL of each latent” (training lags behind β, so that a latent goes a little late, and comes back late). "
      + "And watch MIG: when the latents come back, they may have other axes than before.",
    scene: place, tour: true, where: ["03_beta_vae.html", "water", "Lecture 3, “Water”"],
  },
  {
    title: "Same β, cold start",
    says: "This is a plain VAE: β is 1 from the first step to the last, and all latents may switch on at once. "
      + "Two factors are to be learned, and there are four latents. "
      + "When it has trained for 700 steps, let the second button train it once more, cooled: the same seed, and the same β in the end.",
    asks: "How many latents are on after 700 steps, without cooling?",
    answers: ["two", "three", "four"], right: 1,
    reveals: "Three, and so it was with six of ten seeds. Two would do: the third says again what the others know, half a nat of total "
      + "correlation, and MIG is near .1 (left alone it catches up with this seed, to .7 after some 3,000 steps). Cooled, latents come on one at a time, x first; in all of five seeds exactly two were on in "
      + "the end, with this seed at a TC of .02 and a MIG of .83. Which axes they take is still a matter of luck: seed 2 comes out rotated.",
    scene: {...place, objective: "vae", schedule: "constant", seed: 7}, then: {name: "Once more, cooled", scene: {schedule: "cooling"}},
    where: ["03_beta_vae.html", "what-changes-and-what-its-schedule-changes", "Lecture 3, “What β changes, and what its schedule changes”"],
  },
  {
    title: "TC against β",
    says: "The KL has three parts, and β weighs all of them: also what we want, information about the picture. "
      + "β-TCVAE weighs only the total correlation more, what the latents say twice; that is the TC weight. "
      + "The scene is a β-VAE with β = 1.3; when it has trained for 700 steps, let the second button train β-TCVAE with β = 1 and a TC weight of 6.",
    asks: "The pictures come back about equally well. What else changes?",
    answers: ["nothing: the KL is the KL", "TC falls, and MIG rises", "TC falls, and so does MIG"], right: 1,
    reveals: "With this seed TC is .02 nats for .2 and MIG .77 for .2, at about the same reconstruction (2 to 2.7 nats; it flickers). Seeds 5 to 8, picked because most cold starts went badly there, gave MIG .20 to .67 with the β-VAE, and .76 to .78 with β-TCVAE: "
      + "this favours it. In lecture 5 the gain is smaller, and what a higher TC weight must cost is proved.",
    scene: {...place, objective: "beta-vae", schedule: "constant", beta: 1.3, seed: 7},
    then: {name: "Once more, with β-TCVAE", scene: {objective: "beta-tcvae", beta: 1}},
    where: ["05_beta_tcvae.html", "the-promise", "Lecture 5, “The promise”"],
  },
  {
    title: "Correlate the factors",
    says: "In this world the bigger a fruit is, the redder it is: a small red one and a big dark one do not exist. "
      + "Size and colour are still two factors, and β-TCVAE charges for latents that go together. "
      + "The second button has the world with all of the pictures; there, MIG comes to about .86.",
    asks: "Will one latent know the size alone, and another the colour alone?",
    answers: ["yes, as before", "no: the latents take other axes", "no: nothing is learned at all"], right: 1,
    reveals: "No. The latent that knows size best, 1.7 of 2.6 nats, knows 0.8 nats of colour, too; the second one knows "
      + "little of either. MIG comes to about .4 with this seed and .5 with the next, for about .86 without the correlation. A part of "
      + "that is the world's own: even the two factors, taken as a code, would score .78 here, as each tells about the other.",
    scene: {...place, world: "fruit-correlated"}, then: {name: "Once more, with all fruits", scene: {world: "fruit"}},
    where: ["09_without_labels.html", "factors-that-go-together-the-faces", "Lecture 9, “Factors that go together: the faces”"],
  },
  {
    title: "Rotate the latents",
    says: "When MIG has come to about .75, move the slider “Rotate the two busiest latents” at the bottom of the page. "
      + "It rotates the codes, and rotates them back before the decoder: the model draws what it drew before, and the prior, which looks the same "
      + "from all sides, has not changed either. "
      + "Look at the cloud, at MIG, and at the bill.",
    asks: "Rotated by 45°: which number changes most, for its size?",
    answers: ["reconstruction", "KL", "MIG"], right: 2,
    reveals: "MIG falls from .77 to .02, while the reconstruction stays about the same and the KL grows from 4.18 to 4.32: TC rises by .16. "
      + "The pictures do not tell which axes are the right ones; the only thing that prefers them is an encoder whose latents are "
      + "independent given the picture, and it prefers them by a tenth of a nat. So little decides between the two.",
    scene: {...place, latents: 2}, where: ["09_without_labels.html", "the-same-p-x-rotated", "Lecture 9, “The same p(x), rotated”"],
  },
];
