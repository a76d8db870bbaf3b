/**
 * A worker of a campaign over the project's targets.
 *
 * @module
 */
import { TARGETS } from "../targets.ts";
import { serve } from "./serve.ts";

serve(TARGETS);
