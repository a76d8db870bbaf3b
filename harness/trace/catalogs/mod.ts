// Made by `deno task catalogs`.
import { V7_2 } from "./7.2.ts";
import { V8_2_DEV } from "./8.2-dev.ts";
import { V8_2 } from "./8.2.ts";
import { V9_0 } from "./9.0.ts";
import { V9_2 } from "./9.2.ts";
import { V10_0 } from "./10.0.ts";
import { V10_1 } from "./10.1.ts";
import { V10_2 } from "./10.2.ts";
import { V11_0_DEV } from "./11.0-dev.ts";
import { V11_1 } from "./11.1.ts";

/** The text of each catalog that comes with the project, oldest first. */
export const CATALOG_TEXTS = {
  "7.2": V7_2,
  "8.2-dev": V8_2_DEV,
  "8.2": V8_2,
  "9.0": V9_0,
  "9.2": V9_2,
  "10.0": V10_0,
  "10.1": V10_1,
  "10.2": V10_2,
  "11.0-dev": V11_0_DEV,
  "11.1": V11_1,
} as const;
