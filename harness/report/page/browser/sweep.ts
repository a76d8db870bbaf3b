/**
 * The script of a sweep's page: draws the map, moves in it by keyboard, shows the run behind a cell.
 *
 * @module
 */
/// <reference lib="dom" />

import { showValue } from "../format.ts";
import type { SweepData } from "../sweep_page.ts";
import { element, pageData } from "./data.ts";

const MARKS: Readonly<Record<string, string>> = { "1": "", "0": "×", "-1": "!" };

/** Sides of a cell, and what a label at the foot of the map needs, in pixels. */
const CELL_MAX = 64;
const CELL_MIN = 7;
/** How high a map of few columns may become. */
const MAP_HEIGHT = 480;
/** A smaller cell has no room for its mark; its shade and the frontier still tell. */
const CELL_MARKED = 11;
const LABEL_ROOM = 16;

class ConvergenceMap {
  readonly #data: SweepData;
  readonly #strides: readonly number[];
  /** Which axes run across and up, and where the others stand. */
  #across = 0;
  #up = 1;
  readonly #held: number[];
  #metric = 0;
  #chosen = -1;
  #tds: HTMLTableCellElement[][] = [];

  constructor(data: SweepData) {
    this.#data = data;
    this.#held = data.axes.map(() => 0);
    let stride = 1;
    this.#strides = data.axes.map(({ values }) => {
      const own = stride;
      stride *= values.length;
      return own;
    });
    this.#metric = Math.max(
      0,
      data.metrics.findIndex(({ values }) => new Set(values.filter((value) => value !== null)).size > 1),
    );
  }

  start(): void {
    this.#controls();
    this.draw();
    let width = document.getElementById("map")?.clientWidth ?? 0;
    addEventListener("resize", () => {
      const now = document.getElementById("map")?.clientWidth ?? 0;
      if (now !== width) this.draw();
      width = now;
    });
    const first = this.#data.state.findIndex((state) => state === 1);
    this.choose(first === -1 ? 0 : this.#frontierCell() ?? first);
  }

  /** The number of the cell at a column and a row of the map. */
  #cell(column: number, row: number): number {
    return this.#strides.reduce((sum, stride, axis) => {
      const at = axis === this.#across ? column : axis === this.#up ? row : this.#held[axis] ?? 0;
      return sum + stride * at;
    }, 0);
  }

  /** A cell that converges beside one that does not: the most telling to begin with. */
  #frontierCell(): number | undefined {
    const [columns, rows] = [this.#length(this.#across), this.#length(this.#up)];
    for (let row = rows - 1; row >= 0; row--) {
      for (let column = 1; column < columns; column++) {
        const cell = this.#cell(column, row);
        if (this.#data.state[cell] === 1 && this.#data.state[this.#cell(column - 1, row)] === 0) return cell;
      }
    }
    return undefined;
  }

  #length(axis: number): number {
    return this.#data.axes[axis]?.values.length ?? 0;
  }

  #show(axis: number, at: number): string {
    const { unit = "", values = [] } = this.#data.axes[axis] ?? {};
    return showValue(values[at] ?? NaN, unit);
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
        values.map((_, at) => this.#show(axis, at)),
        this.#held[axis] ?? 0,
        (at) => this.#held[axis] = at,
      );
    }
  }

  draw(): void {
    const into = document.getElementById("map");
    if (into === null) return;
    const { axes, state, metrics } = this.#data;
    const [columns, rows] = [this.#length(this.#across), this.#length(this.#up)];
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
      Math.max(...Array.from({ length: rows }, (_, row) => this.#show(this.#up, row).length)) * 7 + 16;
    const room = Math.min((into.clientWidth - labels) / columns, Math.max(36, MAP_HEIGHT / rows));
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
      head.append(element("span", isNamed ? this.#show(this.#up, row) : ""));
      head.setAttribute("scope", "row");
      const tds: HTMLTableCellElement[] = [];
      for (let column = 0; column < columns; column++) {
        const cell = cells[row]?.[column] ?? 0;
        const td = line.insertCell();
        const is = state[cell] ?? -1;
        td.textContent = size < CELL_MARKED ? "" : MARKS[String(is)] ?? "";
        td.tabIndex = -1;
        td.setAttribute("role", "gridcell");
        td.setAttribute("aria-label", this.#words(cell));
        td.title = this.#words(cell);
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
    for (let column = 0; column < columns; column++) {
      const th = foot.appendChild(element("th"));
      th.setAttribute("scope", "col");
      const isRoom = column % Math.ceil(LABEL_ROOM / size) === 0;
      th.append(element("span", isRoom ? this.#show(this.#across, column) : ""));
    }
    into.replaceChildren(
      element("p", `↑ ${axes[this.#up]?.name ?? ""}`, "axis-name"),
      table,
      element("p", `${axes[this.#across]?.name ?? ""} →`, "axis-name"),
    );
    this.#legend(metric?.name ?? "", metric?.unit ?? "", least, most, shown.length, isLog);
    if (this.#chosen !== -1) this.choose(this.#chosen);
  }

  #legend(name: string, unit: string, least: number, most: number, count: number, isLog: boolean): void {
    const legend = document.getElementById("legend");
    const ramp = element("span", "", "ramp");
    ramp.style.background = "linear-gradient(90deg, var(--ramp-low), var(--ramp-high))";
    const scale = element(
      "span",
      count === 0 ? "nothing converges" : `converged, ${name.toLowerCase()} ${showValue(least, unit)} `,
    );
    scale.className = "scale";
    scale.append(ramp, count === 0 ? "" : ` ${showValue(most, unit)}${isLog ? " (by factors)" : ""}`);
    const parts = [scale];
    // What the map does not show needs no explanation.
    if (this.#data.state.includes(0)) {
      const not = element("span");
      not.append(element("span", "×", "swatch no"), " does not converge");
      const line = element("span");
      line.append(element("span", "", "swatch frontier"), " frontier");
      parts.push(not, line);
    }
    if (this.#data.state.includes(-1)) parts.push(element("span", "! no scenario at these values"));
    legend?.replaceChildren(...parts);
  }

  /** A cell in words. */
  #words(cell: number): string {
    const { axes, state, status, metrics } = this.#data;
    const places = axes.map(({ name }, axis) => `${name} ${this.#show(axis, this.#at(axis, cell))}`);
    const told = state[cell] === 1
      ? metrics.map(({ name, unit, values }) =>
        `${name.toLowerCase()} ${showValue(values[cell] ?? NaN, unit)}`
      ).slice(0, 2)
      : [];
    const outcome = state[cell] === 1
      ? "converges"
      : state[cell] === 0
      ? `does not converge (${status[cell]})`
      : status[cell] ?? "";
    return [places.join(", "), outcome, ...told].join("; ");
  }

  #at(axis: number, cell: number): number {
    return Math.floor(cell / (this.#strides[axis] ?? 1)) % this.#length(axis);
  }

  #move(event: KeyboardEvent, column: number, row: number): void {
    const [columns, rows] = [this.#length(this.#across), this.#length(this.#up)];
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
    const td = this.#tds[this.#at(this.#up, cell)]?.[this.#at(this.#across, cell)];
    const isShown = this.#data.axes.every((_, axis) =>
      axis === this.#across || axis === this.#up || this.#held[axis] === this.#at(axis, cell)
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
    for (const [axis, { name }] of axes.entries()) add(name, this.#show(axis, this.#at(axis, cell)));
    if (state[cell] !== -1) {
      add("Source", status[cell] ?? "");
      for (const { name, unit, values } of metrics) add(name, showValue(values[cell] ?? NaN, unit));
    }
    const settings = axes.map(({ name, values }, axis) =>
      ` \\\n  --set '${name}=${values[this.#at(axis, cell)]}'`
    );
    const title = state[cell] === 1
      ? "✓ Converges"
      : state[cell] === 0
      ? "✗ Does not converge"
      : "! No scenario at these values";
    document.getElementById("detail")?.replaceChildren(
      element("h3", title),
      ...(state[cell] === -1 ? [element("p", status[cell] ?? "")] : []),
      list,
      element("p", "Run it again, with its pictures:"),
      element("pre", `${rerun}${settings.join("")} \\\n  --html run.html`),
    );
  }
}

new ConvergenceMap(pageData<SweepData>()).start();
