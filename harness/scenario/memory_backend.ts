/**
 * The object that a guest's RAM is made of, in the scenario's schema.
 *
 * @module
 */
import * as v from "valibot";

/** A `memory-backend-*` object: its name, which is the RAMBlock's, and the pages of the host behind it. */
export const memoryBackend = v.strictObject({
  id: v.pipe(
    v.string(),
    v.minLength(1),
    v.maxLength(255),
    v.description("Its name, which is that of the RAMBlock."),
  ),
  page_bytes: v.pipe(
    v.optional(v.picklist([4096, 2097152, 1073741824]), 4096),
    v.description("The host's pages that it is made of: 4096, or huge pages."),
  ),
});
