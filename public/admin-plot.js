// A line over the last two minutes, drawn as SVG.

const KEPT = 120;
const WIDTH = KEPT - 1;
const HEIGHT = 40;
const SVG = 'http://www.w3.org/2000/svg';

export class Plot {
  /** Values, the newest last; null where there is none. */
  #values = [];
  #line = shape('path', 'plot-line');
  #area = shape('path', 'plot-area');

  constructor() {
    this.element = shape('svg', 'plot');
    this.element.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
    this.element.setAttribute('preserveAspectRatio', 'none');
    this.element.setAttribute('aria-hidden', 'true');
    const ground = shape('path', 'plot-ground');
    ground.setAttribute('d', `M0 ${HEIGHT}H${WIDTH}`);
    this.element.append(this.#area, ground, this.#line);
  }

  /** The largest value that is shown; null when there is none. */
  get most() {
    const known = this.#values.filter((value) => value !== null);
    return known.length > 0 ? Math.max(...known) : null;
  }

  add(value) {
    this.#values.push(value);
    if (this.#values.length > KEPT) this.#values.shift();
    this.#draw();
  }

  #draw() {
    const top = this.most || 1;
    const first = KEPT - this.#values.length;
    const parts = [];
    let part = null;
    this.#values.forEach((value, index) => {
      if (value === null) {
        part = null;
        return;
      }
      if (part === null) parts.push(part = []);
      part.push([first + index, HEIGHT - (value / top) * (HEIGHT - 2)]);
    });
    this.#line.setAttribute('d', parts.map(path).join(''));
    const area = (points) => `${path(points)}V${HEIGHT}H${points[0][0]}Z`;
    this.#area.setAttribute('d', parts.map(area).join(''));
  }
}

const path = (points) => `M${points.map(([x, y]) => `${x} ${y.toFixed(2)}`).join('L')}`;

function shape(name, className) {
  const element = document.createElementNS(SVG, name);
  element.setAttribute('class', className);
  return element;
}
