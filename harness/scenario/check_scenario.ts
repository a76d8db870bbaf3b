/**
 * What a scenario must keep across its keys: ranges inside RAM, steps in time order, parameters that QEMU takes.
 *
 * @module
 */
import { PAGE_SIZE } from "../base/mod.ts";
import { didYouMean } from "./nearest_name.ts";
import {
  CAPABILITIES,
  describeRule,
  holdsIn,
  isKnownIn,
  isLegal,
  PARAMETERS,
  REFUSALS,
} from "./parameters.ts";
import type { PathStep } from "./describe_schema.ts";
import { type Phase, RAM_PAGES_MAX, SAMPLES_MAX, type Scenario } from "./schema.ts";

/** Something wrong at a path of the scenario, in one sentence. */
export interface Finding {
  readonly path: readonly PathStep[];
  /** Whether the key is meant, not its value. */
  readonly atKey?: boolean;
  readonly message: string;
}

type Report = (path: readonly PathStep[], message: string, atKey?: boolean) => void;
type Range = { readonly start_page: number; readonly pages: number };

/** All findings, in the order of the checks. */
export function checkScenario(scenario: Scenario): Finding[] {
  const findings: Finding[] = [];
  const report: Report = (path, message, atKey = false) => findings.push({ path, message, atKey });
  checkSize(scenario, report);
  checkGuest(scenario, report);
  checkWorkload(scenario, report);
  checkLink(scenario, report);
  checkTransport(scenario, report);
  checkCapabilities(scenario, report);
  checkParameters(scenario.parameters, ["parameters"], scenario, report);
  checkOperator(scenario, report);
  return findings;
}

/** Pages of pc.ram, which every range of the workload counts from. */
function mainPages({ guest }: Scenario): number {
  const named = guest.ram_blocks?.find(({ name }) => name === "pc.ram");
  return named?.pages ?? guest.ram_bytes / PAGE_SIZE;
}

/** What a run takes to hold, so that a scenario cannot ask for more than a machine has. */
function checkSize({ guest, sampling_interval_ms, time_limit_ms }: Scenario, report: Report): void {
  const blocks = guest.ram_blocks ?? [];
  const pages = guest.ram_blocks === null
    ? guest.ram_bytes / PAGE_SIZE
    : blocks.reduce((sum, block) => sum + Math.max(block.pages, block.max_pages ?? 0), 0);
  if (pages > RAM_PAGES_MAX) {
    const key = guest.ram_blocks === null ? "ram_bytes" : "ram_blocks";
    report(
      ["guest", key],
      `The guest has ${pages} pages of RAM; the model holds ${RAM_PAGES_MAX} at most (4 TiB)`,
    );
  }
  if (time_limit_ms / sampling_interval_ms > SAMPLES_MAX) {
    const message =
      `sampling_interval_ms gives more than ${SAMPLES_MAX} samples in ${time_limit_ms} ms of virtual time`;
    report(["sampling_interval_ms"], message);
  }
}

function checkRange(range: Range, path: readonly PathStep[], limit: number, report: Report): void {
  const end = range.start_page + range.pages;
  if (end <= limit) return;
  report([...path, "pages"], `The range ends at page ${end}, but the RAM has ${limit} pages`);
}

function checkGuest(scenario: Scenario, report: Report): void {
  const { filled, ram_blocks: blocks, devices, memory_backend: backend, ram_bytes } = scenario.guest;
  if (backend !== null && ram_bytes % backend.page_bytes !== 0) {
    report(
      ["guest", "ram_bytes"],
      `ram_bytes must be a multiple of page_bytes, which is ${backend.page_bytes}`,
    );
  }
  if (backend !== null && blocks !== null) {
    report(["guest", "memory_backend"], "Where guest.ram_blocks are given there is no memory_backend");
  }
  for (const [index, range] of filled.entries()) {
    checkRange(range, ["guest", "filled", index], mainPages(scenario), report);
  }
  if (blocks !== null && !blocks.some(({ name }) => name === "pc.ram")) {
    report(
      ["guest", "ram_blocks"],
      `guest.ram_blocks must hold a block named "pc.ram", where the workload writes`,
    );
  }
  const names = new Set<string>();
  for (const [index, block] of (blocks ?? []).entries()) {
    const path = ["guest", "ram_blocks", index];
    if (names.has(block.name)) {
      report([...path, "name"], `A RAMBlock named "${block.name}" stands here twice`);
    }
    names.add(block.name);
    if (block.max_pages !== null && block.max_pages < block.pages) {
      report([...path, "max_pages"], `max_pages must not be below pages, which is ${block.pages}`);
    }
    for (const [at, range] of block.filled.entries()) {
      checkRange(range, [...path, "filled", at], block.pages, report);
    }
  }
  const sections = new Set<string>();
  for (const [index, { name, instance }] of (devices ?? []).entries()) {
    const key = `${instance} ${name}`;
    if (sections.has(key)) {
      report(
        ["guest", "devices", index, "name"],
        `Section "${name}" with instance ${instance} stands here twice`,
      );
    }
    sections.add(key);
  }
}

function checkWorkload(scenario: Scenario, report: Report): void {
  const limit = mainPages(scenario);
  const endless = new Map<number, number>();
  for (const [index, phase] of scenario.workload.entries()) {
    const path = ["workload", index];
    const before = endless.get(phase.task);
    if (before !== undefined) {
      report(path, `This phase is never reached: phase ${before} of task ${phase.task} has no end`);
    }
    if (phase.duration_ms === null) endless.set(phase.task, index);
    if (phase.kind === "idle") continue;
    if (phase.kind === "vector") {
      checkVector(phase, path, limit, report);
      continue;
    }
    checkRange(phase, path, limit, report);
    if (phase.burst_pages === null && phase.rest_ms > 0) {
      report([...path, "rest_ms"], "rest_ms needs burst_pages: there is no rest without bursts");
    }
    checkDraws(scenario, index, limit, report);
    if (phase.kind !== "random") continue;
    if (phase.hot_pages !== null && phase.hot_pages > phase.pages) {
      report([...path, "hot_pages"], `hot_pages must not be above pages, which is ${phase.pages}`);
    }
    if (phase.hot_pages === null && phase.hot_percent > 0) {
      report([...path, "hot_percent"], "hot_percent needs hot_pages: there is no hot set to write to");
    }
  }
}

/** What a generator needs: words to give its draws to, a sweep that stands where its count says, and no second one. */
function checkDraws({ workload }: Scenario, index: number, limit: number, report: Report): void {
  const phase = workload[index];
  if (phase === undefined || !("draws" in phase) || phase.draws === null) return;
  const path = ["workload", index, "draws"];
  const { seed, filled, written, counters_page } = phase.draws;
  if (phase.words === 0) report(path, "draws needs words: a write that changes none draws none");
  if (filled > phase.pages) checkRange({ ...phase, pages: filled }, path, limit, report);
  if (counters_page !== null && counters_page >= limit) {
    report([...path, "counters_page"], `Page ${counters_page} is not there: the RAM has ${limit} pages`);
  }
  if (phase.kind === "sweep" && written % (2 * phase.pages) !== phase.offset_pages % (2 * phase.pages)) {
    const stands = phase.offset_pages % (2 * phase.pages);
    report(
      [...path, "written"],
      `written must be offset_pages (${stands}), or more than that by a multiple of twice the pages`,
    );
  }
  if (phase.kind === "random" && phase.hot_pages !== null) {
    report(path, "draws leaves no room for hot_pages: the generator picks from all pages alike");
  }
  const first = workload.find((other) => "draws" in other && other.draws !== null);
  if (first === undefined || first === phase || !("draws" in first)) return;
  const same = first.draws?.seed === seed && first.draws.filled === filled &&
    first.draws.counters_page === counters_page && first.start_page === phase.start_page &&
    first.pages === phase.pages && first.words === phase.words && first.kind === phase.kind;
  if (!same) {
    report(path, "The guest has one generator: phases that draw must be of one kind, range, words and seed");
  }
}

function checkVector(
  { start_page, intervals_ms, dirty_pages }: Extract<Phase, { kind: "vector" }>,
  path: readonly PathStep[],
  limit: number,
  report: Report,
): void {
  if (intervals_ms.length !== dirty_pages.length) {
    const message = `dirty_pages must be as long as intervals_ms, which has ${intervals_ms.length} values`;
    report([...path, "dirty_pages"], message);
  }
  for (const key of ["intervals_ms", "dirty_pages"] as const) {
    const values = key === "intervals_ms" ? intervals_ms : dirty_pages;
    const at = values.findIndex((value, index) => index > 0 && value < (values[index - 1] ?? 0));
    if (at !== -1) {
      report([...path, key, at], `${key} must not fall: a longer interval dirties no fewer pages`);
    }
  }
  const most = dirty_pages.reduce((a, b) => Math.max(a, b), 0);
  if (start_page + most > limit) {
    report(
      [...path, "dirty_pages"],
      `The vector reaches page ${start_page + most}, but the RAM has ${limit}`,
    );
  }
}

function checkLink({ link }: Scenario, report: Report): void {
  for (const [index, step] of link.steps.entries()) {
    const before = link.steps[index - 1];
    if (before !== undefined && step.at_ms <= before.at_ms) {
      const message = `Steps stand in the order of their time: at_ms must be above ${before.at_ms}`;
      report(["link", "steps", index, "at_ms"], message);
    }
    const from = before ?? link;
    if (step.kind === "ramp" && "rate_bytes_per_second" in from && from.rate_bytes_per_second === null) {
      report(["link", "steps", index], "A ramp starts from a rate: give the one before it");
    }
    if ("low_bytes_per_second" in step && step.low_bytes_per_second > step.high_bytes_per_second) {
      const path = ["link", "steps", index, "low_bytes_per_second"];
      report(path, `low_bytes_per_second must not be above high_bytes_per_second`);
    }
  }
}

function checkTransport(
  { transport, incoming_after_ms, capabilities, parameters }: Scenario,
  report: Report,
): void {
  if (transport === "file" && incoming_after_ms === null) {
    report(["transport"], "A file is loaded when it is written: give incoming_after_ms");
  }
  if (incoming_after_ms !== null && transport !== "file" && transport !== "exec") {
    report(["incoming_after_ms"], `Nothing stores the stream of transport ${transport}; file and exec do`);
  }
  if (incoming_after_ms !== null && capabilities["return-path"] === true) {
    report(["incoming_after_ms"], "A stored stream has no return path");
  }
  if (capabilities["mapped-ram"] === true && transport !== "file") {
    report(["capabilities", "mapped-ram"], "mapped-ram needs a transport that can seek: file", true);
  }
  if (capabilities["multifd"] === true && transport !== "unix" && transport !== "tcp") {
    if (transport !== "file" || capabilities["mapped-ram"] !== true) {
      report(["capabilities", "multifd"], `QEMU refuses multifd over ${transport}`, true);
    }
  }
  if (
    (parameters["tls-creds"] ?? "") !== "" && transport !== "unix" && transport !== "tcp" &&
    transport !== "fd"
  ) {
    report(["parameters", "tls-creds"], `There is no TLS over ${transport}, only over sockets`, true);
  }
  if (capabilities["zero-copy-send"] === true) {
    const path = ["capabilities", "zero-copy-send"];
    if (transport !== "tcp") report(path, `Only tcp sends pages without a copy, not ${transport}`, true);
    else if ((parameters["tls-creds"] ?? "") !== "") {
      report(path, "QEMU refuses zero-copy-send with TLS", true);
    }
  }
}

function checkCapabilities({ guest, capabilities, profile }: Scenario, report: Report): void {
  for (const name of Object.keys(capabilities)) {
    const span = Object.hasOwn(CAPABILITIES, name) ? CAPABILITIES[name] : undefined;
    if (span === undefined) {
      const message = `Unknown capability "${name}"${didYouMean(name, Object.keys(CAPABILITIES))}`;
      report(["capabilities", name], message, true);
    } else if (!isKnownIn(span, profile)) {
      report(["capabilities", name], `QEMU ${profile} has no capability "${name}"`, true);
    }
  }
  if (
    capabilities["dirty-limit"] === true && (guest.accelerator !== "kvm" || guest.dirty_ring_entries === null)
  ) {
    report(["capabilities", "dirty-limit"], "QEMU refuses dirty-limit without KVM's dirty ring", true);
  }
  for (const refusal of REFUSALS) {
    if (!holdsIn(refusal, profile)) continue;
    const { all: [first = "", second], without } = refusal;
    if (capabilities[first] !== true) continue;
    if (second !== undefined && capabilities[second] === true) {
      report(["capabilities", second], `QEMU refuses ${first} together with ${second}`, true);
    }
    if (without !== undefined && capabilities[without] !== true) {
      report(["capabilities", first], `QEMU refuses ${first} without ${without}`, true);
    }
  }
}

function checkParameters(
  parameters: Scenario["parameters"],
  path: readonly PathStep[],
  { profile, capabilities }: Scenario,
  report: Report,
): void {
  for (const [name, value] of Object.entries(parameters)) {
    const rule = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : undefined;
    if (rule === undefined) {
      const message = `Unknown parameter "${name}"${didYouMean(name, Object.keys(PARAMETERS))}`;
      report([...path, name], message, true);
    } else if (!isKnownIn(rule, profile)) {
      report([...path, name], `QEMU ${profile} has no parameter "${name}"`, true);
    } else if (!isLegal(rule, value)) {
      report([...path, name], `${name} must be ${describeRule(rule)}, not ${JSON.stringify(value)}`);
    }
  }
  const initial = parameters["cpu-throttle-initial"] ?? PARAMETERS["cpu-throttle-initial"]?.default;
  const max = parameters["max-cpu-throttle"] ?? PARAMETERS["max-cpu-throttle"]?.default;
  if (typeof initial === "number" && typeof max === "number" && initial > max) {
    const name = Object.hasOwn(parameters, "max-cpu-throttle") ? "max-cpu-throttle" : "cpu-throttle-initial";
    report([...path, name], `cpu-throttle-initial (${initial}) must not be above max-cpu-throttle (${max})`);
  }
  const compression = parameters["multifd-compression"] ?? "none";
  if (compression !== "none" && capabilities["zero-copy-send"] === true) {
    report([...path, "multifd-compression"], "QEMU refuses zero-copy-send with multifd-compression");
  }
}

function checkOperator(scenario: Scenario, report: Report): void {
  for (const [index, action] of scenario.operator.entries()) {
    const path = ["operator", index, "arguments"];
    if (action.execute === "migrate-set-parameters") {
      checkParameters(action.arguments, path, scenario, report);
      if (Object.keys(action.arguments).length === 0) {
        report(["operator", index], "migrate-set-parameters without arguments changes nothing");
      }
      continue;
    }
    const [first] = Object.keys(action.arguments);
    if (first !== undefined) report([...path, first], `${action.execute} takes no arguments here`, true);
  }
}
