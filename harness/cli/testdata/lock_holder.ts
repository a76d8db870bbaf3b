/**
 * A process that takes the lock on a folder, says so and keeps it until it is killed.
 *
 * @module
 */
import { FolderLock } from "../../files/mod.ts";

using _ = await FolderLock.take(Deno.args[0] ?? "", "alone", () => {});
Deno.stdout.writeSync(new TextEncoder().encode("held\n"));
await new Promise((resolve) => setTimeout(resolve, 600_000));
