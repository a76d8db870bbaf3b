/**
 * Reading scenarios: what is taken, and each mistake with its place.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { ERRORS_MAX, makeScenario, parseScenario, showScenarioError } from "./parse_scenario.ts";
import { JSON_DEPTH_MAX } from "./read_json.ts";

/** The errors of a text, one per line as a user sees them. */
function errorsOf(text: string): string[] {
  const parsed = parseScenario(text, "s.json");
  return parsed.ok ? [] : parsed.error.map(showScenarioError);
}

Deno.test("parseScenario fills in every default", () => {
  const parsed = parseScenario(`{ "why": "idle" }`, "s.json");
  assert(parsed.ok);
  const { profile, seed, guest, link } = parsed.value;
  assertEquals([profile, seed, guest.vcpus, guest.ram_bytes], ["10.0", 0, 1, 134217728]);
  assertEquals(link, {
    rate_bytes_per_second: null,
    latency_us: 0,
    relay: false,
    compressor: null,
    jitter_us: 0,
    steps: [],
  });
});

Deno.test("parseScenario says each mistake with its place", async (t) => {
  const table: [because: string, text: string, errors: string[]][] = [
    ["empty file", "", ["s.json:1:1: The file is empty"]],
    ["blanks only", "\n\n", ["s.json:1:1: The file is empty"]],
    ["no JSON", "\u0000\u0001", ["s.json:1:1: This is no JSON value"]],
    ["a list", "[]", ["s.json:1:1: The scenario must be an object, not a list"]],
    ["a comment", `{\n// no\n"why": "x" }`, ["s.json:2:1: Comments are not JSON"]],
    ["a trailing comma", `{ "why": "x", }`, ["s.json:1:15: A key in double quotes must stand here"]],
    ["a doubled key", `{ "why": "x",\n "why": "y" }`, [
      `s.json:2:2: The key "why" stands here a second time`,
    ]],
    ["something after it", `{ "why": "x" } 1`, ["s.json:1:16: Nothing may follow the JSON document"]],
    ["no why", "{}", [`s.json:1:1: The scenario lacks "why" (Why the scenario exists, in one sentence)`]],
    ["a misspelt key", `{ "why": "x",\n  "gest": {} }`, [
      `s.json:2:3: Unknown key "gest"; did you mean "guest"?`,
    ]],
    ["a misspelt key far from any", `{ "why": "x", "zzzzzzzz": 1 }`, [`s.json:1:15: Unknown key "zzzzzzzz"`]],
    ["the prototype's key", `{ "why": "x", "__proto__": {} }`, [`s.json:1:15: Unknown key "__proto__"`]],
    ["a key of every object", `{ "why": "x", "guest": { "toString": 1 } }`, [
      `s.json:1:26: Unknown key "toString" in guest`,
    ]],
    ["a negative rate", `{ "why": "x", "link": { "rate_bytes_per_second": -1 } }`, [
      "s.json:1:50: link.rate_bytes_per_second must be a number of 0 or more or null, not -1",
    ]],
    ["a number too large for a double", `{ "why": "x", "seed": 1e999 }`, [
      "s.json:1:23: seed must be a whole number of 0 or more, not null",
    ]],
    ["a list for an object", `{ "why": "x", "guest": [] }`, [
      "s.json:1:24: guest must be an object, not a list",
    ]],
    ["an unknown kind", `{ "why": "x", "workload": [{ "kind": "swep" }] }`, [
      `s.json:1:38: workload[0].kind must be one of idle, sweep, vector, random, not "swep"`,
    ]],
    ["two mistakes, both placed", `{ "why": 1,\n  "seed": "a" }`, [
      "s.json:1:10: why must be a text that is not empty, not 1",
      `s.json:2:11: seed must be a whole number of 0 or more, not "a"`,
    ]],
    ["virtual time without an end", `{ "why": "x", "time_limit_ms": 9007199254740991 }`, [
      "s.json:1:32: time_limit_ms must be a whole number from 1 to 14400000, not 9007199254740991",
    ]],
    [
      "writes faster than memory",
      `{ "why": "x", "workload": [{ "kind": "sweep", "pages": 1,
      "rate_pages_per_second": 1e12 }] }`,
      [
        "s.json:2:32: workload[0].rate_pages_per_second must be a number from 0 to 10000000, not 1000000000000",
      ],
    ],
    ["RAM that is no whole pages", `{ "why": "x", "guest": { "ram_bytes": 5000 } }`, [
      "s.json:1:39: guest.ram_bytes must be a multiple of 4096, 4096 or more, not 5000",
    ]],
    ["an unknown profile", `{ "why": "x", "profile": "6.0" }`, [
      `s.json:1:26: profile must be one of 8.2-dev, 10.0, 11.0-dev, 11.1, not "6.0"`,
    ]],
  ];
  for (const [because, text, errors] of table) {
    await t.step(because, () => assertEquals(errorsOf(text), errors));
  }
});

Deno.test("parseScenario checks what must hold across keys", async (t) => {
  const sweep = `"kind": "sweep", "rate_pages_per_second": 1`;
  const table: [because: string, keys: string, error: string][] = [
    [
      "a range past the RAM",
      `"workload": [{ ${sweep}, "pages": 32769 }]`,
      "ends at page 32769, but the RAM has 32768",
    ],
    ["a phase after an endless one", `"workload": [{ "kind": "idle" }, { "kind": "idle" }]`, "never reached"],
    [
      "a rest without bursts",
      `"workload": [{ ${sweep}, "pages": 1, "rest_ms": 5 }]`,
      "rest_ms needs burst_pages",
    ],
    [
      "draws of a write that changes nothing",
      `"workload": [{ ${sweep}, "pages": 1, "words": 0, "draws": { "seed": 1 } }]`,
      "draws needs words",
    ],
    [
      "a sweep that stands elsewhere than its count says",
      `"workload": [{ ${sweep}, "pages": 10, "offset_pages": 3, "draws": { "seed": 1, "written": 13 } }]`,
      "written must be offset_pages (3), or more than that by a multiple of twice the pages",
    ],
    [
      "counters past the RAM",
      `"workload": [{ ${sweep}, "pages": 1, "draws": { "seed": 1, "counters_page": 32768 } }]`,
      "Page 32768 is not there: the RAM has 32768 pages",
    ],
    [
      "a second generator",
      `"workload": [{ ${sweep}, "duration_ms": 1, "pages": 1, "draws": { "seed": 1 } },
      { ${sweep}, "pages": 1, "draws": { "seed": 2 } }]`,
      "The guest has one generator",
    ],
    [
      "a generator that has favourites",
      `"workload": [{ "kind": "random", "rate_pages_per_second": 1, "pages": 9, "hot_pages": 1, "draws": { "seed": 1 } }]`,
      "draws leaves no room for hot_pages",
    ],
    [
      "steps out of order",
      `"link": { "steps": [
      { "at_ms": 9, "rate_bytes_per_second": 1 }, { "at_ms": 9, "rate_bytes_per_second": 2 }] }`,
      "above 9",
    ],
    [
      "a ramp from no rate",
      `"link": { "steps": [{ "kind": "ramp", "at_ms": 1, "duration_ms": 1, "rate_bytes_per_second": 1 }] }`,
      "A ramp starts from a rate",
    ],
    [
      "a vector of unequal lengths",
      `"workload": [{ "kind": "vector", "intervals_ms": [1, 2], "dirty_pages": [1] }]`,
      "dirty_pages must be as long as intervals_ms",
    ],
    [
      "a vector that falls",
      `"workload": [{ "kind": "vector", "intervals_ms": [1, 2], "dirty_pages": [3, 1] }]`,
      "dirty_pages must not fall",
    ],
    ["a misspelt capability", `"capabilities": { "auto-convrge": true }`, `did you mean "auto-converge"?`],
    [
      "a capability of another version",
      `"capabilities": { "compress": true }`,
      `QEMU 10.0 has no capability "compress"`,
    ],
    [
      "a refused combination",
      `"capabilities": { "multifd": true, "xbzrle": true }`,
      "refuses multifd together with xbzrle",
    ],
    ["a capability that needs another", `"capabilities": { "switchover-ack": true }`, "without return-path"],
    ["a misspelt parameter", `"parameters": { "max-bandwith": 1 }`, `did you mean "max-bandwidth"?`],
    [
      "a parameter out of bounds",
      `"parameters": { "downtime-limit": 2000001 }`,
      "from 0 to 2000000, not 2000001",
    ],
    [
      "a parameter of the wrong type",
      `"parameters": { "max-bandwidth": "1G" }`,
      "a whole number of 0 or more",
    ],
    ["a cache size that is no power of two", `"parameters": { "xbzrle-cache-size": 5000 }`, "a power of two"],
    [
      "a throttle above its maximum",
      `"parameters": { "max-cpu-throttle": 10 }`,
      "must not be above max-cpu-throttle",
    ],
    [
      "a parameter of another version",
      `"profile": "8.2-dev", "parameters": { "direct-io": true }`,
      "8.2-dev has no",
    ],
    [
      "an operator's illegal value",
      `"operator": [{ "at_ms": 1, "execute": "migrate-set-parameters",
      "arguments": { "downtime-limit": -1 } }]`,
      "downtime-limit must be",
    ],
    [
      "arguments where none go",
      `"operator": [{ "at_ms": 1, "execute": "stop", "arguments": { "a": 1 } }]`,
      "takes no arguments",
    ],
    ["a file that nobody loads", `"transport": "file"`, "give incoming_after_ms"],
    ["a dirty limit without a ring", `"capabilities": { "dirty-limit": true }`, "without KVM's dirty ring"],
    ["a socket that stores", `"incoming_after_ms": 1`, "Nothing stores the stream of transport unix"],
    ["mapped-ram on a socket", `"capabilities": { "mapped-ram": true }`, "needs a transport that can seek"],
    [
      "multifd through a pipe",
      `"transport": "fd-pipe", "capabilities": { "multifd": true }`,
      "refuses multifd over fd-pipe",
    ],
    [
      "zero-copy on a unix socket",
      `"capabilities": { "multifd": true, "zero-copy-send": true }`,
      "Only tcp sends pages without a copy, not unix",
    ],
    [
      "zero-copy with TLS",
      `"transport": "tcp", "capabilities": { "multifd": true, "zero-copy-send": true }, "parameters": { "tls-creds": "t" }`,
      "refuses zero-copy-send with TLS",
    ],
    [
      "TLS through a pipe",
      `"transport": "fd-pipe", "parameters": { "tls-creds": "tls0" }`,
      "no TLS over fd-pipe",
    ],
    [
      "RAMBlocks without pc.ram",
      `"guest": { "ram_blocks": [{ "name": "a", "pages": 1 }] }`,
      `named "pc.ram"`,
    ],
  ];
  for (const [because, keys, error] of table) {
    await t.step(because, () => {
      const errors = errorsOf(`{ "why": "x", ${keys} }`);
      assertEquals(errors.length, 1, errors.join("\n"));
      assertStringIncludes(errors[0] ?? "", error);
    });
  }
});

Deno.test("parseScenario allows a combination where the version does", () => {
  const keys = `"capabilities": { "multifd": true, "postcopy-ram": true }`;
  assertEquals(errorsOf(`{ "why": "x", "profile": "11.1", ${keys} }`), []);
  assertEquals(errorsOf(`{ "why": "x", "profile": "10.0", ${keys} }`).length, 1);
});

Deno.test("parseScenario is bounded on hostile input", () => {
  const deep = "[".repeat(100_000);
  assertStringIncludes(errorsOf(deep)[0] ?? "", `to a depth of ${JSON_DEPTH_MAX}`);
  const keys = Array.from({ length: 2000 }, (_, index) => `"zz${index}": 1`).join(",");
  const errors = errorsOf(`{ "why": "x", ${keys} }`);
  assertEquals(errors.length, ERRORS_MAX + 1);
  assertStringIncludes(errors.at(-1) ?? "", `There are ${2000 - ERRORS_MAX} errors more`);
});

Deno.test("makeScenario throws one line for each mistake", () => {
  assertThrows(() => makeScenario({ why: "", seed: -1 }), RangeError, "seed must be a whole number");
  assertEquals(makeScenario({ why: "x" }).seed, 0);
});
