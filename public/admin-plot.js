// @ts-check

// An SVG line chart of the last two minutes.

const MAX_VALUES = 120;
const WIDTH = MAX_VALUES - 1;
const HEIGHT = 40;
const SVG = 'http://www.w3.org/2000/svg';

/** @typedef {[x: number, y: number]} Point */

export class Plot {
  /**
   * The newest value is last; null where there is none.
   *
   * @type {(number | null)[]}
   */
  #values = [];
  #line = shape('path', 'plot-line');
  #area = shape('path', 'plot-area');

  constructor() {
    this.element = shape('svg', 'plot');
    this.element.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
    this.element.setAttribute('preserveAspectRatio', 'none');
    this.element.setAttribute('aria-hidden', 'true');
    const baseline = shape('path', 'plot-baseline');
    baseline.setAttribute('d', `M0 ${HEIGHT}H${WIDTH}`);
    this.element.append(this.#area, baseline, this.#line);
  }

  /** The largest value in the chart, or null. */
  get peak() {
    const known = this.#values.filter((value) => value !== null);
    return known.length > 0 ? Math.max(...known) : null;
  }

  /** @param {number | null} value */
  add(value) {
    this.#values.push(value);
    if (this.#values.length > MAX_VALUES) this.#values.shift();
    this.#render();
  }

  #render() {
    const segments = this.#segments();
    this.#line.setAttribute('d', segments.map(path).join(''));
    this.#area.setAttribute('d', segments.map(areaPath).join(''));
  }

  /** The points of each run of values without a gap. */
  #segments() {
    const top = this.peak || 1;
    const first = MAX_VALUES - this.#values.length;
    /** @type {Point[][]} */
    const segments = [];
    /** @type {Point[] | null} */
    let segment = null;
    for (const [index, value] of this.#values.entries()) {
      if (value === null) {
        segment = null;
        continue;
      }
      if (segment === null) segments.push(segment = []);
      segment.push([first + index, HEIGHT - (value / top) * (HEIGHT - 2)]);
    }
    return segments;
  }
}

/** @param {Point[]} points */
const path = (points) => `M${points.map(([x, y]) => `${x} ${y.toFixed(2)}`).join('L')}`;

/**
 * The line, closed along the bottom.
 *
 * @param {Point[]} points
 */
const areaPath = (points) => `${path(points)}V${HEIGHT}H${points[0]?.[0]}Z`;

/**
 * @param {string} name
 * @param {string} className
 */
function shape(name, className) {
  const element = document.createElementNS(SVG, name);
  element.setAttribute('class', className);
  return element;
}
