// A folder for everything temporary: profiles of browsers, traces, stores. It goes when this process
// goes, also when somebody interrupts it. To be imported before what makes temporary files.
//
// Whoever starts a program ends it on `exit`, which an interrupt leads to as well.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

export const SCRATCH = mkdtempSync(path.join(tmpdir(), "imp-e2e-"));

// playwright-core asks for it once, when it is loaded.
process.env.TMPDIR = SCRATCH;
process.on("exit", () => {
  try {
    rmSync(SCRATCH, { recursive: true, force: true, maxRetries: 5 });
  } catch {
    // A browser that is just ending writes its last files. The system clears such folders away.
  }
});
for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
