/**
 * Formats: literals, macros and conversions, and what each conversion prints and takes back.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import {
  type Argument,
  type Conversion,
  parseFormat,
  type Piece,
  printValue,
  readNumeral,
  readType,
} from "./mod.ts";

function show(piece: Piece): string {
  if (typeof piece === "string") return JSON.stringify(piece);
  const { letter, bits, width, precision, zero, alternate } = piece;
  const flags = `${alternate ? "#" : ""}${zero ? "0" : ""}${width === 0 ? "" : width}${
    precision === -1 ? "" : `.${precision}`
  }`;
  return `${letter}${bits}${flags === "" ? "" : `(${flags})`}`;
}

Deno.test("parseFormat joins literals and macros as the C compiler does", async (t) => {
  const table: readonly (readonly [format: string, pieces: string])[] = [
    ["", ""],
    ['""', ""],
    ['"a" "b"', '"ab"'],
    ['"%d"', "d32"],
    ['"size %" PRIu64 " pages"', '"size " u64 " pages"'],
    ['"%"PRIx8"%"PRIx16"%"PRIx32"%"PRIX64', "x32 x32 x32 X64"],
    ['"%08" PRIx64', "x64(08)"],
    ['"0x%"PRIi64', '"0x" i64'],
    ['"%zu %zd %lu %llx %jd %td"', 'u64 " " d64 " " u64 " " x64 " " d64 " " d64'],
    ['"%hhx %hx"', 'x32 " " x32'],
    ['"%0*"PRIx64', "x64(0-1)"],
    ['"%*d"', "d32(-1)"],
    ['"%2.2x %.8x %#x %20s %c %p %g"', 'x32(2.2) " " x32(.8) " " x32(#) " " s0(20) " " c8 " " p64 " " g0'],
    ['"100%% \\"q\\" \\t\\\\ \\x41"', '"100% \\"q\\" \\t\\\\ A"'],
    ['"%""d"', "d32"],
  ];
  for (const [format, pieces] of table) {
    await t.step(format, () => {
      const parsed = parseFormat(format);
      assertEquals(parsed.ok ? parsed.value.map(show).join(" ") : parsed.error, pieces);
    });
  }
});

function conversion(format: string): Conversion {
  const parsed = parseFormat(`"${format}"`);
  const piece = parsed.ok ? parsed.value[0] : undefined;
  if (piece === undefined || typeof piece === "string") throw new Error(`${format} is no conversion`);
  return piece;
}

Deno.test("printValue prints as glibc does, and readNumeral takes exactly that back", async (t) => {
  const table: readonly (readonly [format: string, type: string, value: number | bigint, text: string])[] = [
    ["%d", "int", -2147483648, "-2147483648"],
    ["%d", "uint32_t", 4294967295, "-1"],
    ["%u", "int", -1, "4294967295"],
    ["%x", "int", -5, "fffffffb"],
    ["%x", "int8_t", -1, "ffffffff"],
    ["%02x", "int8_t", -1, "ffffffff"],
    ["%02x", "uint8_t", 5, "05"],
    ["%2x", "uint8_t", 5, " 5"],
    ["%04X", "uint16_t", 0xab, "00AB"],
    ["%03d", "int", -5, "-05"],
    ["%3d", "int", -5, " -5"],
    ["%.8x", "uint32_t", 0xff, "000000ff"],
    ["%8.8x", "uint32_t", 0xff, "000000ff"],
    ["%10.8x", "uint32_t", 0xff, "  000000ff"],
    ["%.0x", "uint32_t", 0, ""],
    ["%#x", "uint32_t", 0, "0"],
    ["%#x", "uint32_t", 255, "0xff"],
    ["%o", "uint32_t", 8, "10"],
    ["%lu", "uint64_t", 18446744073709551615n, "18446744073709551615"],
    ["%ld", "uint64_t", 18446744073709551615n, "-1"],
    ["%lx", "int64_t", -1n, "ffffffffffffffff"],
    ["%p", "void *", 0n, "(nil)"],
    ["%p", "void *", 0xdeadn, "0xdead"],
    ["%d", "bool", 1, "1"],
    ["%g", "double", 0.1, "0.1"],
    ["%g", "double", 1e20, "1e+20"],
    ["%g", "double", 0.00001, "1e-05"],
    ["%g", "double", 123456789, "1.23457e+08"],
    ["%g", "double", Infinity, "inf"],
  ];
  for (const [format, type, value, text] of table) {
    await t.step(`${format} of ${type} ${value}`, () => {
      const arg: Argument = { type, name: "x", ...readType(type) };
      assertEquals(printValue(value, conversion(format)), text);
      const back = readNumeral(text, conversion(format), arg);
      // Six digits are all that %g keeps.
      assertEquals(back, format === "%g" && value === 123456789 ? 123457000 : value);
    });
  }
});

Deno.test("readNumeral refuses what no value prints", async (t) => {
  const table: readonly (readonly [format: string, type: string, texts: readonly string[]])[] = [
    ["%d", "int", [
      "+5",
      "05",
      "-0",
      "5 ",
      " 5",
      "",
      "-",
      "0x5",
      "2147483648",
      "-2147483649",
      "1e3",
      "\u0663",
    ]],
    ["%u", "uint32_t", ["-1", "4294967296"]],
    ["%x", "uint32_t", ["AB", "0xab", "00", "100000000", "g"]],
    ["%X", "uint32_t", ["ab"]],
    ["%02x", "uint8_t", ["5", "005", "100"]],
    ["%u", "uint8_t", ["256"]],
    ["%d", "bool", ["2", "-1"]],
    ["%p", "void *", ["0x0", "nil", "(null)", "0xDEAD", "0x00ff", "dead", "0x1ffffffffffffffff"]],
    ["%#x", "uint32_t", ["ff", "0x0", "0xFF"]],
    ["%g", "double", ["0.10", "1.2345678", "1e20", "NaN", "+1"]],
  ];
  for (const [format, type, texts] of table) {
    for (const text of texts) {
      await t.step(`${format} of ${type}: '${text}'`, () => {
        const arg: Argument = { type, name: "x", ...readType(type) };
        assertEquals(readNumeral(text, conversion(format), arg), undefined);
      });
    }
  }
});

Deno.test("readType knows the C types that tracepoints use", async (t) => {
  const table: readonly (readonly [type: string, kind: string, bits: number])[] = [
    ["int", "signed", 32],
    ["unsigned", "unsigned", 32],
    ["unsigned int", "unsigned", 32],
    ["long unsigned int", "unsigned", 64],
    ["short", "signed", 16],
    ["unsigned char", "unsigned", 8],
    ["char", "signed", 8],
    ["const char", "signed", 8],
    ["bool", "bool", 8],
    ["size_t", "unsigned", 64],
    ["ssize_t", "signed", 64],
    ["uintptr_t", "unsigned", 64],
    ["const char *", "string", 0],
    ["char*", "string", 0],
    ["const char*", "string", 0],
    ["char **", "pointer", 64],
    ["const char *const *", "pointer", 64],
    ["char const *", "pointer", 64],
    ["void *", "pointer", 64],
    ["const uint8_t *", "pointer", 64],
    ["double", "double", 64],
  ];
  for (const [type, kind, bits] of table) {
    await t.step(type, () => assertEquals(readType(type), { kind, bits } as ReturnType<typeof readType>));
  }
});
