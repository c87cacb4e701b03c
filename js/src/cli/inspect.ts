/** `portcullis inspect`. @module */
import type { Command } from 'commander';
import { type Finding, inspect } from '../inspect.js';
import { type KeyFlags, keyText, readText, withKey } from './input.js';
import { bold, cyan, dim, green, red, say, sayJson, sayMembers, yellow } from './ui.js';

/** Adds `inspect`. */
export function addInspectCommand(program: Command): void {
  withKey(program.command('inspect'), 'keys to verify the signature with')
    .description('explain any pasted text: what it is, what it contains and what a server would say (does not verify)')
    .argument('[text]', 'the text; - or omitted for standard input')
    .option('--json', 'print one JSON document')
    .action(async (argument: string | undefined, flags: KeyFlags & { json?: boolean }) => {
      const text = argument === undefined || argument === '-' ? readText('-', 'the text') : argument;
      const hasKey = flags.key !== undefined || flags.keyEnv !== undefined || flags.keyFromCommandLine !== undefined;
      const report = await inspect(
        text,
        hasKey ? { keys: keyText(flags), ...(flags.alg && { algorithms: [flags.alg] }) } : {},
      );
      if (flags.json) return sayJson(report);
      say(bold(report.summary));
      for (const { sentence } of report.wrappings) say(dim(`  ${sentence}`));
      if (report.header !== null) sayMembers('header', report.header);
      if (report.claims !== null) sayMembers('claims', report.claims);
      list('checks', report.checks);
      list('warnings', report.warnings);
      if (report.advice.length > 0) say(bold('what to do'));
      for (const advice of report.advice) say(`  ${cyan('→')} ${advice}`);
    });
}

const MARK: Record<string, string> = { pass: green('✔'), fail: red('✘'), warn: yellow('!') };

function list(title: string, findings: Finding[]): void {
  if (findings.length > 0) say(bold(title));
  for (const { verdict, sentence } of findings) say(`  ${MARK[verdict] ?? dim('·')} ${sentence}`);
}
