/**
 * The script of a sweep's page: draws the map, moves in it by keyboard, shows the run behind a cell.
 *
 * @module
 */
/// <reference lib="dom" />

import { showValue } from "../format.ts";
import type { SweepData } from "../sweep_page.ts";
import { element, pageData, PAPER_WIDTH } from "./data.ts";
import { Grid } from "./grid.ts";

const MARKS: Readonly<Record<string, string>> = { "1": "", "0": "×", "-1": "!" };

/** Sides of a cell, and what a label at the foot of the map needs, in pixels. */
const CELL_MAX = 64;
const CELL_MIN = 7;
/** How high a map of few columns may become. */
const MAP_HEIGHT = 480;
/** A smaller cell has no room for its mark; its shade and the frontier still tell. */
const CELL_MARKED = 11;
const LABEL_ROOM = 16;
/** About what a letter of a label takes, in pixels. */
const LETTER = 7;

/** Pixels that the map may take, without what the style sheet keeps free around it. */
function roomOfMap(): number {
  return (document.getElementById("map")?.clientWidth ?? 0) - 10;
}

class ConvergenceMap {
  readonly #data: SweepData;
  readonly #grid: Grid;
  /** Which axes run across and up, and where the others stand. */
  #across = 0;
  #up = 1;
  readonly #held: number[];
  #metric = 0;
  #chosen = -1;
  #tds: HTMLTableCellElement[][] = [];

  constructor(data: SweepData) {
    this.#data = data;
    this.#grid = new Grid(data);
    this.#held = data.axes.map(() => 0);
    this.#metric = Math.max(
      0,
      data.metrics.findIndex(({ values }) => new Set(values.filter((value) => value !== null)).size > 1),
    );
  }

  start(): void {
    this.#controls();
    this.draw();
    let width = roomOfMap();
    addEventListener("resize", () => {
      const now = roomOfMap();
      if (now !== width) this.draw();
      width = now;
    });
    addEventListener("beforeprint", () => this.draw(PAPER_WIDTH));
    addEventListener("afterprint", () => this.draw());
    const first = this.#data.state.findIndex((state) => state === 1);
    this.choose(first === -1 ? 0 : this.#frontierCell() ?? first);
  }

  /** The number of the cell at a column and a row of the map. */
  #cell(column: number, row: number): number {
    return this.#grid.cell(this.#held.with(this.#across, column).with(this.#up, row));
  }

  /** A cell that converges beside one that does not: the most telling to begin with. */
  #frontierCell(): number | undefined {
    const [columns, rows] = [this.#grid.length(this.#across), this.#grid.length(this.#up)];
    for (let row = rows - 1; row >= 0; row--) {
      for (let column = 1; column < columns; column++) {
        const cell = this.#cell(column, row);
        if (this.#data.state[cell] === 1 && this.#data.state[this.#cell(column - 1, row)] === 0) return cell;
      }
    }
    return undefined;
  }

  /** Runs an axis across or up; the one that ran there before takes its place. */
  #turn(place: "across" | "up", axis: number): void {
    if (place === "across") {
      if (axis === this.#up) this.#up = this.#across;
      this.#across = axis;
    } else {
      if (axis === this.#across) this.#across = this.#up;
      this.#up = axis;
    }
    document.getElementById("controls")?.replaceChildren();
    this.#controls();
    document.querySelector<HTMLElement>(`#controls [data-place="${place}"]`)?.focus();
  }

  #controls(): void {
    const bar = document.getElementById("controls");
    const { axes, metrics } = this.#data;
    const select = (
      label: string,
      options: readonly string[],
      chosen: number,
      change: (at: number) => void,
      place = "",
    ) => {
      const wrap = element("label", `${label} `);
      wrap.style.marginLeft = "0";
      const box = wrap.appendChild(document.createElement("select"));
      if (place !== "") box.dataset["place"] = place;
      for (const [at, text] of options.entries()) {
        box.append(new Option(text, String(at), at === chosen, at === chosen));
      }
      box.addEventListener("change", () => {
        change(Number(box.value));
        this.draw();
      });
      bar?.append(wrap);
    };
    select("Shade by", metrics.map(({ name }) => name), this.#metric, (at) => this.#metric = at);
    if (axes.length === 2) return;
    const names = axes.map(({ name }) => name);
    select("Across", names, this.#across, (at) => this.#turn("across", at), "across");
    select("Up", names, this.#up, (at) => this.#turn("up", at), "up");
    for (const axis of axes.keys()) {
      if (axis === this.#across || axis === this.#up) continue;
      const { name = "", values = [] } = axes[axis] ?? {};
      select(
        name,
        values.map((_, at) => this.#grid.show(axis, at)),
        this.#held[axis] ?? 0,
        (at) => this.#held[axis] = at,
      );
    }
  }

  /** Draws the map as wide as its place is, or as wide as told. */
  draw(width = roomOfMap()): void {
    const into = document.getElementById("map");
    if (into === null) return;
    const { axes, state, metrics } = this.#data;
    const [columns, rows] = [this.#grid.length(this.#across), this.#grid.length(this.#up)];
    const metric = metrics[this.#metric];
    const cells = Array.from(
      { length: rows },
      (_, row) => Array.from({ length: columns }, (_, column) => this.#cell(column, row)),
    );
    const shown = cells.flat().filter((cell) => state[cell] === 1).map((cell) => metric?.values[cell])
      .filter((value): value is number => typeof value === "number");
    const [least, most] = [Math.min(...shown), Math.max(...shown)];
    // Times and bytes of a map span decades: equal factors get equal steps of shade.
    const isLog = least > 0 && most / least > 20;
    const share = (value: number) =>
      most === least
        ? 0.5
        : isLog
        ? Math.log(value / least) / Math.log(most / least)
        : (value - least) / (most - least);

    const table = document.createElement("table");
    table.className = "map";
    const labels =
      Math.max(...Array.from({ length: rows }, (_, row) => this.#grid.show(this.#up, row).length)) * 7 + 16;
    const room = Math.min((width - labels) / columns, Math.max(36, MAP_HEIGHT / rows));
    const size = Math.min(CELL_MAX, Math.max(CELL_MIN, Math.floor(room)));
    table.style.setProperty("--cell", `${size}px`);
    table.setAttribute("role", "grid");
    table.setAttribute(
      "aria-label",
      `Convergence over ${axes[this.#across]?.name} and ${axes[this.#up]?.name}`,
    );
    this.#tds = [];
    const body = table.createTBody();
    for (let row = rows - 1; row >= 0; row--) {
      const line = body.insertRow();
      const isNamed = row % Math.ceil(LABEL_ROOM / size) === 0;
      const head = line.appendChild(element("th"));
      head.append(element("span", isNamed ? this.#grid.show(this.#up, row) : ""));
      head.setAttribute("scope", "row");
      const tds: HTMLTableCellElement[] = [];
      for (let column = 0; column < columns; column++) {
        const cell = cells[row]?.[column] ?? 0;
        const td = line.insertCell();
        const is = state[cell] ?? -1;
        td.textContent = size < CELL_MARKED ? "" : MARKS[String(is)] ?? "";
        td.tabIndex = -1;
        td.setAttribute("role", "gridcell");
        td.setAttribute("aria-label", this.#grid.words(cell));
        td.title = this.#grid.words(cell);
        if (is === 0) td.classList.add("no");
        if (is === -1) td.classList.add("bad-cell");
        const value = metric?.values[cell];
        if (is === 1) {
          const part = typeof value === "number" ? share(value) : 0;
          td.style.backgroundColor = `color-mix(in oklab, var(--ramp-high) ${
            Math.round(100 * part)
          }%, var(--ramp-low))`;
        }
        const differs = (other: number | undefined) =>
          other !== undefined && (state[other] === 1) !== (is === 1);
        td.classList.toggle("edge-left", differs(cells[row]?.[column - 1]));
        td.classList.toggle("edge-top", differs(cells[row + 1]?.[column]));
        td.addEventListener("click", () => this.choose(cell, true));
        td.addEventListener("keydown", (event) => this.#move(event, column, row));
        tds.push(td);
      }
      this.#tds[row] = tds;
    }
    const foot = table.createTFoot().insertRow();
    foot.append(element("td"));
    const widest = Math.max(
      ...Array.from({ length: columns }, (_, column) => this.#grid.show(this.#across, column).length),
    );
    foot.classList.toggle("flat", widest * LETTER + 6 <= size);
    for (let column = 0; column < columns; column++) {
      const th = foot.appendChild(element("th"));
      th.setAttribute("scope", "col");
      const isRoom = column % Math.ceil(LABEL_ROOM / size) === 0;
      th.append(element("span", isRoom ? this.#grid.show(this.#across, column) : ""));
    }
    into.replaceChildren(
      element("p", `↑ ${axes[this.#up]?.name ?? ""}`, "axis-name"),
      table,
      element("p", `${axes[this.#across]?.name ?? ""} →`, "axis-name"),
    );
    this.#legend(metric?.name ?? "", metric?.unit ?? "", least, most, isLog);
    if (this.#chosen !== -1) this.choose(this.#chosen);
  }

  /** Explains what the map shows, and nothing else. */
  #legend(name: string, unit: string, least: number, most: number, isLog: boolean): void {
    const legend = document.getElementById("legend");
    const isShown = (className: string) => document.querySelector(`#map td.${className}`) !== null;
    const parts: HTMLElement[] = [];
    const scale = element("span", "", "scale");
    if (least > most) scale.append("nothing converges");
    else if (least === most) {
      scale.append(`converged, ${name.toLowerCase()} ${showValue(least, unit)} everywhere`);
    } else {
      const ramp = element("span", "", "ramp");
      ramp.style.background = "linear-gradient(90deg, var(--ramp-low), var(--ramp-high))";
      scale.append(`converged, ${name.toLowerCase()} ${showValue(least, unit)} `, ramp);
      scale.append(` ${showValue(most, unit)}${isLog ? " (by factors)" : ""}`);
    }
    parts.push(scale);
    if (isShown("no")) {
      const not = element("span");
      not.append(element("span", "×", "swatch no"), " does not converge");
      parts.push(not);
    }
    if (isShown("edge-left") || isShown("edge-top")) {
      const line = element("span");
      line.append(element("span", "", "swatch frontier"), " frontier");
      parts.push(line);
    }
    if (isShown("bad-cell")) parts.push(element("span", "! no scenario at these values"));
    legend?.replaceChildren(...parts);
  }

  /** What to turn, each a button that shows the run with it. */
  #remedies(cell: number): HTMLElement[] {
    const { axes, state } = this.#data;
    if (state[cell] !== 0) return [];
    const nearest = this.#grid.nearest(cell);
    if (nearest.length === 0) {
      return [element("p", "No change of one knob alone makes it converge on this map.")];
    }
    const list = element("ul", "", "remedy-list");
    for (const { axis, cell: other } of nearest) {
      const button = element(
        "button",
        `${axes[axis]?.name} ${this.#grid.show(axis, this.#grid.at(axis, other))}`,
      );
      button.setAttribute("type", "button");
      button.addEventListener("click", () => this.#visit(other));
      list.appendChild(element("li")).append(button);
    }
    return [element("p", "It converges with one of these alone:"), list];
  }

  /** Shows a cell that may be in another plane of the map. */
  #visit(cell: number): void {
    for (const axis of this.#held.keys()) this.#held[axis] = this.#grid.at(axis, cell);
    document.getElementById("controls")?.replaceChildren();
    this.#controls();
    this.#chosen = cell;
    this.draw();
    this.choose(cell, true);
  }

  #move(event: KeyboardEvent, column: number, row: number): void {
    const [columns, rows] = [this.#grid.length(this.#across), this.#grid.length(this.#up)];
    const goals: Readonly<Record<string, readonly [number, number]>> = {
      ArrowLeft: [column - 1, row],
      ArrowRight: [column + 1, row],
      ArrowUp: [column, row + 1],
      ArrowDown: [column, row - 1],
      Home: [0, row],
      End: [columns - 1, row],
      PageUp: [column, rows - 1],
      PageDown: [column, 0],
    };
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.choose(this.#cell(column, row), true);
      return;
    }
    const goal = goals[event.key];
    if (goal === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const td = this.#tds[Math.min(rows - 1, Math.max(0, goal[1]))]
      ?.[Math.min(columns - 1, Math.max(0, goal[0]))];
    this.#focusable(td);
    td?.focus();
  }

  /** One cell of the map takes the focus when the keyboard comes by; the arrows move on from it. */
  #focusable(td: HTMLTableCellElement | undefined): void {
    for (const other of this.#tds.flat()) other.tabIndex = other === td ? 0 : -1;
  }

  /** Shows the run behind a cell. */
  choose(cell: number, focus = false): void {
    this.#chosen = cell;
    const td = this.#tds[this.#grid.at(this.#up, cell)]?.[this.#grid.at(this.#across, cell)];
    const isShown = this.#data.axes.every((_, axis) =>
      axis === this.#across || axis === this.#up || this.#held[axis] === this.#grid.at(axis, cell)
    );
    for (const other of this.#tds.flat()) {
      other.classList.toggle("chosen", isShown && other === td);
      other.setAttribute("aria-selected", String(isShown && other === td));
    }
    this.#focusable(td);
    if (focus) td?.focus();
    const { axes, state, status, metrics, rerun } = this.#data;
    const list = element("dl");
    const add = (name: string, value: string) => list.append(element("dt", name), element("dd", value));
    for (const [axis, { name }] of axes.entries()) {
      add(name, this.#grid.show(axis, this.#grid.at(axis, cell)));
    }
    if (state[cell] !== -1) {
      add("Source", status[cell] ?? "");
      for (const { name, unit, values } of metrics) add(name, showValue(values[cell] ?? NaN, unit));
    }
    const settings = axes.map(({ name, values }, axis) =>
      ` \\\n  --set '${name}=${values[this.#grid.at(axis, cell)]}'`
    );
    const title = state[cell] === 1
      ? "✓ Converges"
      : state[cell] === 0
      ? "✗ Does not converge"
      : "! No scenario at these values";
    document.getElementById("detail")?.replaceChildren(
      element("h3", title),
      ...(state[cell] === -1 ? [element("p", status[cell] ?? "")] : []),
      ...this.#remedies(cell),
      list,
      element("p", "Run it again, with its pictures:"),
      element("pre", `${rerun}${settings.join("")} \\\n  --html run.html`),
    );
  }
}

new ConvergenceMap(pageData<SweepData>()).start();
