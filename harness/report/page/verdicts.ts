/**
 * What the judge says, for a page: why it did or did not converge, what failed with its evidence, and all the rest.
 *
 * A piece of evidence that has a moment is a link to that moment in the pictures.
 *
 * @module
 */
import {
  type Convergence,
  type Evidence,
  type EvidenceLine,
  type Judgement,
  type Remedy,
  type RuleVerdict,
  showVersions,
  type SmallestTrace,
} from "../../checks/mod.ts";
import { describeSmallest, placeInSmallest, showEvent } from "../evidence.ts";
import { showBytes, showMicros, showValue } from "./format.ts";
import { type Html, html, type Part } from "./html.ts";

/** Lines of a smallest trace that a page shows. */
const SMALLEST_MAX = 200;

/** Words and a shape for each outcome, so that colour is never needed. */
const MARKS = { pass: "✓ pass", fail: "✗ fail", unknown: "? unknown" } as const;

/** An outcome as a badge. */
export function badge(outcome: keyof typeof MARKS): Html {
  return html`<span class="badge ${outcome}">${MARKS[outcome]}</span>`;
}

/** A link to a line's moment in the pictures; its place alone when the moment is not known. */
function placeLink(
  line: EvidenceLine,
  origin: number,
  moment = -1,
  place = `${line.side}:${line.line}`,
): Html {
  const at = line.record?.at ?? moment;
  if (at < 0) return html`<span class="place">${place}</span>`;
  return html`
    <a class="place" href="#pictures" data-jump="${at - origin}" data-side="${line.side}"
      data-line="${line.line}">${place} at ${showMicros(at - origin)}</a>
  `;
}

/** What has no line: a sample, or something that is missing at the end. Its moment still is a place in the pictures. */
function momentOf(side: string, moment: number, origin: number): Html {
  if (moment < 0) return html`<span class="place">${side}</span>`;
  const at = moment - origin;
  return html`
    <a class="place" href="#pictures" data-jump="${at}"
      data-side="${side}">${side} at ${showMicros(at)}</a>
  `;
}

/** Where the first evidence of a verdict stands, as a link; nothing when there is none. */
export function firstPlace({ evidence: [first] }: RuleVerdict, origin: number): Html | string {
  if (first === undefined) return "";
  const { at, side, moment = -1 } = first;
  return at === undefined ? momentOf(side, moment, origin) : placeLink(at, origin, moment);
}

function evidenceItem({ at, earlier, around, note, side, moment = -1 }: Evidence, origin: number): Html {
  return html`<li><p>${
    at === undefined ? momentOf(side, moment, origin) : placeLink(at, origin, moment)
  } ${note}</p>${
    earlier === undefined
      ? ""
      : html`<p>It conflicts with ${placeLink(earlier, origin)} <code>${showEvent(earlier)}</code></p>`
  }${
    around.length === 0 ? "" : html`
      <div class="scroll">
        <ol class="lines">${around.map((line) =>
          html`<li class="${
            line.line === at?.line && line.side === at.side ? "it" : ""
          }"><span class="line">${line.line}</span> <code>${showEvent(line)}</code></li>`
        )}</ol>
      </div>
    `
  }</li>`;
}

/** The smallest trace that still fails, each line with its moment. */
function smallestTrace(smallest: SmallestTrace, origin: number): Html {
  const { lines } = smallest;
  return html`
    <details
      class="others"><summary>The smallest trace that still fails (${describeSmallest(
        smallest,
      )})</summary><div class="scroll"><ol class="lines">${lines.slice(0, SMALLEST_MAX).map((line) =>
        html`<li>${placeLink(line, origin, -1, placeInSmallest(smallest, line))} <code>${
          showEvent(line)
        }</code></li>`
      )}</ol></div>${lines.length > SMALLEST_MAX
        ? html`<p>The first ${SMALLEST_MAX} of ${lines.length} lines.</p>`
        : ""}</details>
  `;
}

function failure(
  { rule, note, evidence, violations, knownDefect, smallest }: RuleVerdict,
  origin: number,
): Html {
  return html`<article class="verdict fail" id="rule-${rule.id}"><h4>${badge("fail")} ${rule.id}</h4>
<p><strong>${rule.claim}.</strong></p>
<p>Why it matters: ${rule.why}. <span class="source">${rule.source}</span></p>
${
    knownDefect &&
    html`<p>Known defect of QEMU ${showVersions(knownDefect.versions)}: ${knownDefect.text}.</p>`
  }
${
    evidence.length === 0
      ? html`<p>${note}</p>`
      : html`<ul class="evidence">${evidence.map((one) => evidenceItem(one, origin))}</ul>`
  }
${
    violations > evidence.length && evidence.length > 0
      ? html`<p>${violations} violations in all; the first ${evidence.length} are shown.</p>`
      : ""
  }
${smallest && smallestTrace(smallest, origin)}
</article>`;
}

function others(
  title: string,
  verdicts: readonly RuleVerdict[],
  what: (verdict: RuleVerdict) => Part,
): Html | string {
  if (verdicts.length === 0) return "";
  return html`
    <details class="others">
      <summary>${title} (${verdicts.length})</summary>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">Rule</th>
              <th scope="col">Claim</th>
              <th scope="col">What was seen</th>
            </tr>
          </thead>
          <tbody>${verdicts.map((verdict) =>
            html`
              <tr>
                <td><code>${verdict.rule.id}</code></td>
                <td>${verdict.rule.claim}</td>
                <td>${what(verdict)}</td>
              </tr>
            `
          )}</tbody>
        </table>
      </div>
    </details>
  `;
}

/** How many rules are named above the pictures; all of them stand below. */
const NAMED_MAX = 6;

/** What a reader must not miss for being far down the page: the rules that failed, each a link to its evidence. */
export function failedLinks({ verdicts }: Judgement): Html | string {
  const failed = verdicts.filter(({ outcome }) => outcome === "fail");
  if (failed.length === 0) return "";
  const links = failed.slice(0, NAMED_MAX).map(({ rule }) =>
    html`<li><a href="#rule-${rule.id}">${rule.id}</a>: ${rule.claim}</li>`
  );
  const more = failed.length - NAMED_MAX;
  return html`<ul class="failed">${links}${
    more > 0 ? html`<li><a href="#verdicts">and ${more} more</a></li>` : ""
  }</ul>`;
}

/** All verdicts, the failed ones with their evidence. */
export function verdictSection({ verdicts }: Judgement, origin: number): Html {
  const of = (outcome: RuleVerdict["outcome"]) => verdicts.filter((one) => one.outcome === outcome);
  const [failed, unknown, passed] = [of("fail"), of("unknown"), of("pass")];
  return html`<section id="verdicts" aria-labelledby="verdicts-title"><h2 id="verdicts-title">Verdicts</h2>
<p>${badge("fail")} ${failed.length} · ${badge("unknown")} ${unknown.length} · ${
    badge("pass")
  } ${passed.length}. A rule that saw nothing says so; it does not pass.</p>
${failed.map((one) => failure(one, origin))}
${others("Unknown: not judged", unknown, ({ note }) => note)}
${others("Passed", passed, ({ seen }) => `put to the test ${seen} times`)}
</section>`;
}

/** The race of the last iteration, where the sentence before it does not tell of it. */
function race({ verdict, why, iterations }: Convergence): Html | string {
  const last = iterations.at(-1);
  if (verdict === "converged" || last === undefined || why.includes("the guest dirties")) return "";
  const { milliseconds, dirtyRate, bandwidth } = last;
  if (!Number.isFinite(dirtyRate) || !Number.isFinite(bandwidth)) return "";
  return html`<p>In its last iteration, of ${showMicros(milliseconds * 1000)}, the guest dirtied <strong>${
    showBytes(dirtyRate)
  }/s</strong> and the link carried <strong>${showBytes(bandwidth)}/s</strong>.</p>`;
}

/** What a remedy's number means. */
function showRemedy({ name, value }: Remedy): string {
  const unit = name === "downtime-limit" ? "ms" : name === "cpu-throttle" ? "%" : "B/s";
  return showValue(value, unit);
}

/**
 * Why it did or did not converge.
 *
 * @param decision A link to the last decision, where there was one.
 */
export function convergenceSection(convergence: readonly Convergence[], decision?: Html): Html {
  if (convergence.length === 0) return html``;
  return html`<section class="convergence" aria-label="Convergence">${
    convergence.map((one) => {
      const { migration, verdict, why, remedies } = one;
      return html`<p><strong class="verdict-word">${
        convergence.length > 1 ? `Migration ${migration}: ` : ""
      }${
        verdict === "unknown" ? "whether it would have converged is not known" : verdict
      }</strong>: ${why}.</p>${race(one)}${
        remedies.length === 0 ? "" : html`
          <p>Any one of these would have let it switch over at its last decision:</p>
          <dl class="remedies">${remedies.map((remedy) =>
            html`
              <dt><code>${remedy.name} ${remedy.value}</code> (${showRemedy(remedy)})</dt>
              <dd>${remedy.arithmetic}</dd>
            `
          )}</dl>
        `
      }`;
    })
  }${decision && html`<p>The last decision was ${decision}.</p>`}</section>`;
}
