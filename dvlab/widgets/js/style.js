// How all widgets look; text and lines take the page's colour, light or dark.

export const STYLE = `
.dvlab {color: var(--jp-content-font-color1, inherit); line-height: 1.35; font-variant-numeric: tabular-nums;
  max-width: 100%; overflow-x: clip;}
.dvlab-row {display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: flex-start;}
.dvlab-row > * {min-width: 0; max-width: 100%;}
.dvlab-slider {display: grid; grid-template-columns: minmax(5.5rem, 9rem) minmax(6rem, 17rem) 4rem; gap: .6rem;
  align-items: center; margin: .15rem 0;}
.dvlab-slider > span:first-child {text-align: right;}
.dvlab input {accent-color: #0072B2; width: 100%; margin: 0; min-height: 24px;}
.dvlab input[type=checkbox] {width: auto; min-height: 0; margin-right: .4rem;}
.dvlab button {font: inherit; color: inherit; background: transparent; border: 1px solid #888; border-radius: 3px;
  margin: .4rem .6rem .2rem 0; padding: .2rem .8rem; cursor: pointer;}
.dvlab :focus-visible {outline: 3px solid #E69F00; outline-offset: 2px;}
.dvlab canvas, .dvlab img {border: 1px solid #888; background: white; max-width: 100%; height: auto; margin: 0;
  display: block;}
.dvlab canvas {image-rendering: pixelated;}
.dvlab figure {margin: 0;}
.dvlab figcaption {font-size: .85em;}
.dvlab svg {display: block; max-width: 100%; height: auto; overflow: visible; font-size: 12px;}
.dvlab svg text {fill: currentColor;}
.dvlab-narrow .dvlab-slider {grid-template-columns: 4rem minmax(6rem, 9rem) 4rem;}
.dvlab-bars {display: flex;}
.dvlab details {margin: .4rem 0;}
.dvlab-caption {margin-top: .5rem; min-height: 2.7em;}
`;
