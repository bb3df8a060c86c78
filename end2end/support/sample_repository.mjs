import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A real, small git repository whose test fails: `greet.sh` says "Helo". Its test script writes a
 * JUnit report and exits with 1 while the greeting is wrong. Only a POSIX shell is needed to run it.
 */
const FILES = {
  "README.md": "# Greeter\n\nSays hello.\n",
  "greet.sh": '#!/bin/sh\necho "Helo, ${1:-world}!"\n',
  "test.sh": `#!/bin/sh
# Writes reports/junit.xml and fails when a case fails.
mkdir -p reports
actual=$(sh greet.sh Ada)
echo "running 2 tests"
failures=0
detail=""
if [ "$actual" != "Hello, Ada!" ]; then
  failures=1
  detail="<failure message=\\"wrong greeting\\">got: $actual</failure>"
  echo "greets by name: got '$actual'" >&2
fi
cat > reports/junit.xml <<XML
<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="greeter" tests="2" failures="$failures">
  <testcase name="greets by name">$detail</testcase>
  <testcase name="ends with a mark"/>
</testsuite>
XML
echo "$failures failed"
[ "$failures" -eq 0 ]
`,
};

/** What a task tells its agent to do so that the test passes. */
export const FIXING_STEP = "sed -i 's/Helo/Hello/' greet.sh";
/** A step that changes the repository without fixing it. */
export const USELESS_STEP = "echo 'Says hello.' >> NOTES.md";
/** The gate's command. */
export const TEST_COMMAND = "sh test.sh";
/** Where the test script leaves its report. */
export const REPORT_PATTERN = "reports/*.xml";

/** The repository as the bytes of a `git bundle`. */
export function sampleBundle() {
  const folder = mkdtempSync(join(tmpdir(), "monotask-sample-"));
  try {
    const work = join(folder, "greeter");
    mkdirSync(work);
    for (const [name, text] of Object.entries(FILES)) {
      writeFileSync(join(work, name), text);
      if (name.endsWith(".sh")) chmodSync(join(work, name), 0o755);
    }
    const git = (...args) =>
      execFileSync("git", args, {
        cwd: work,
        stdio: "pipe",
        env: {
          PATH: process.env.PATH,
          HOME: folder,
          GIT_CONFIG_NOSYSTEM: "1",
          GIT_AUTHOR_NAME: "Sample",
          GIT_AUTHOR_EMAIL: "sample@example.org",
          GIT_COMMITTER_NAME: "Sample",
          GIT_COMMITTER_EMAIL: "sample@example.org",
        },
      });
    git("init", "--quiet", "--initial-branch=main");
    git("add", ".");
    git("commit", "--quiet", "--message=Say hello, nearly");
    git("bundle", "create", "../greeter.bundle", "main");
    return readFileSync(join(folder, "greeter.bundle"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
