/**
 * A worker of a campaign over the project's targets, which appends its journal to a file of its own.
 *
 * @module
 */
import { serve, TARGETS } from "../../fuzz/mod.ts";
import { openJournal } from "./journal_file.ts";

serve(TARGETS, openJournal);
