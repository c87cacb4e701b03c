/** `portcullis`: keys, tokens, hashes and policies on the command line. @module */
import { Command, CommanderError } from 'commander';
import { isAuthError } from '../internal.js';
import { addHashCommand } from './hash.js';
import { addInspectCommand } from './inspect.js';
import { addKeysCommand } from './keys.js';
import { addPolicyCommand } from './policy.js';
import { addTokenCommands } from './tokens.js';
import { EXIT, Failure, fail, helpStyle } from './ui.js';

const program = new Command('portcullis')
  .description('Keys, tokens, hashes and policies. Secrets are read from files, the environment or standard input.')
  .version(PORTCULLIS_VERSION)
  .configureHelp(helpStyle())
  .showHelpAfterError('(use --help for usage)')
  .exitOverride();

program.addHelpText(
  'after',
  `
Exit codes: ${EXIT.fine} success, ${EXIT.refused} rejected (an invalid token, a denied request), ${EXIT.usage} incorrect usage, ${EXIT.broken} a dependency is unavailable.

Examples:
  portcullis keys new --alg ES256 --out keys.json
  portcullis sign --key keys.json --subject 7 --issuer https://id.example --audience api --expires-in 15m
  portcullis verify --key keys.json --issuer https://id.example --audience api < token.txt`,
);
addKeysCommand(program);
addTokenCommands(program);
addInspectCommand(program);
addHashCommand(program);
addPolicyCommand(program);
for (const command of [...program.commands, ...program.commands.flatMap((one) => one.commands)]) {
  command.exitOverride().configureHelp(helpStyle());
}

// A reader that closes the pipe early, such as `head`, is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

program.parseAsync().catch((error: unknown) => {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.fine : EXIT.usage;
  else if (error instanceof Failure) fail(error.message, error.exit);
  else if (isAuthError(error))
    fail(error.message, error.stage === 'option' || error.stage === 'key' ? EXIT.usage : EXIT.refused);
  else fail(error instanceof Error ? error.message : String(error), EXIT.broken);
});
