import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseArgs } from '../../src/cli/args.ts';
import { allSettings } from '../../src/config/schema.ts';
import { sections } from '../../src/config/sections.ts';

/** The command that a line of words means; words are split at spaces. */
function parse(line: string) {
  return parseArgs(line.split(' ').filter(Boolean), '2.0.0', ['instrument_server']);
}

/** The flags of a foreground command as plain data. */
function flagsOf(line: string) {
  const command = parse(line);
  return command.kind === 'foreground' ? { ...command.flags, given: Object.fromEntries(command.flags.given) } : command;
}

function collectorOf(line: string) {
  const command = parse(line);
  return command.kind === 'collector' ? command.options : command;
}

function messageOf(line: string): string {
  const command = parse(line);
  return command.kind === 'usage-error' ? command.message : `no usage error: ${command.kind}`;
}

function helpText(): string {
  const command = parse('--help');
  return command.kind === 'help' ? command.text : '';
}

const none = { configFile: null, tempDir: null, pidFile: null, user: null, given: {} };
const daemonCommands = ['start', 'restart', 'stop', 'kill', 'clean'];

describe('foreground', () => {
  test('is the command when none is named', () => {
    expect(flagsOf('')).toEqual(none);
    expect(flagsOf('foreground')).toEqual(none);
  });

  test('takes every short flag of the original', () => {
    expect(
      flagsOf('-k key -f x.ini -c host:8000 -H web -p x.pid -l x.log -r 5 -e -s scripts -u ann -t tmp --debug'),
    ).toEqual({
      configFile: 'x.ini',
      tempDir: 'tmp',
      pidFile: 'x.pid',
      user: 'ann',
      given: {
        '--api_key': 'key',
        '--collector': 'host:8000',
        '--hostname': 'web',
        '--log': 'x.log',
        '--report-interval': '5',
        '--enable-scripts': 'true',
        '--script-location': 'scripts',
        '--debug': 'debug',
      },
    });
  });

  test.each(['-', '_'])('takes every long flag, its words joined by `%s`', (join) => {
    const long = [
      'api-key key',
      'config-file x.ini',
      'report-interval 5',
      'enable-scripts',
      'script-location s',
      'temp-dir t',
      'state-dir d',
      'pid p',
      'user u',
    ];
    expect(flagsOf(long.map((flag) => `--${flag.replace('-', join)}`).join(' '))).toEqual({
      configFile: 'x.ini',
      tempDir: 't',
      pidFile: 'p',
      user: 'u',
      given: {
        '--api_key': 'key',
        '--report-interval': '5',
        '--enable-scripts': 'true',
        '--script-location': 's',
        '--state-dir': 'd',
      },
    });
  });

  test('takes a value after `=` or, for a short flag, right after the letter', () => {
    expect(flagsOf('--api_key=a=b --report_interval=5 -esdir')).toEqual({
      ...none,
      given: { '--api_key': 'a=b', '--report-interval': '5', '--enable-scripts': 'true', '--script-location': 'dir' },
    });
  });

  test('leaves values alone: an underscore in one stays, and a negative number is one', () => {
    expect(flagsOf('-s my_dir --hostname=a_b -r -5')).toEqual({
      ...none,
      given: { '--script-location': 'my_dir', '--hostname': 'a_b', '--report-interval': '-5' },
    });
  });

  test('takes the last of a flag that is given twice', () => {
    expect(flagsOf('-r 5 --report_interval 6')).toEqual({ ...none, given: { '--report-interval': '6' } });
  });

  test('is the same wherever the flags stand', () => {
    const groups = [['-k', 'key'], ['--enable-scripts'], ['-r', '5'], ['-f', 'x.ini']];
    const expected = parseArgs(['foreground', ...groups.flat()], '2.0.0', ['instrument_server']);
    fc.assert(
      fc.property(fc.shuffledSubarray(groups, { minLength: 4 }), fc.nat(4), (shuffled, at) => {
        const words = [...shuffled.slice(0, at), ['foreground'], ...shuffled.slice(at)].flat();
        expect(parseArgs(words, '2.0.0', ['instrument_server'])).toEqual(expected);
      }),
    );
  });
});

describe('the other commands of the agent', () => {
  test.each(daemonCommands)('%s takes every flag that foreground takes, wherever it stands', (kind) => {
    const words = '-k key -f x.ini -p x.pid -u ann -e -r 5';
    const foreground = parse(words);
    for (const line of [`${kind} ${words}`, `${words} ${kind}`, `-k key ${kind} -f x.ini -p x.pid -u ann -e -r 5`])
      expect(parse(line)).toEqual({ ...foreground, kind });
  });

  test('status shows all plugins, or the one that is named, as text or JSON', () => {
    const plain = { kind: 'status', plugin: null, isJson: false };
    expect(parse('status')).toMatchObject(plain);
    expect(parse('-r 5 status a.sh')).toMatchObject({ ...plain, plugin: 'a.sh' });
    expect(parse('--json status')).toMatchObject({ ...plain, isJson: true });
    expect(parse('status a.sh --json -p x.pid')).toMatchObject({
      ...plain,
      plugin: 'a.sh',
      isJson: true,
      flags: { pidFile: 'x.pid' },
    });
  });

  test('status --names is about all plugins, and nothing else', () => {
    expect(parse('-f x.ini status --names')).toMatchObject({ kind: 'names', flags: { configFile: 'x.ini' } });
    for (const line of ['status --names a.sh', 'status --names --json'])
      expect(messageOf(line)).toBe('`--names` is about all plugins, and has no `--json`.\nLeave one of them out.');
  });

  test('completion takes the name of a shell', () => {
    expect(parse('completion bash')).toMatchObject({ kind: 'completion' });
    for (const line of ['completion', 'completion tcsh'])
      expect(messageOf(line)).toBe(
        '`completion` needs the name of a shell.\nType one of: instrument_server completion bash, ' +
          'instrument_server completion zsh, instrument_server completion fish',
      );
  });

  test('backup takes the name of a file, and one only', () => {
    expect(parse('backup -f x.ini ./a.db')).toMatchObject({
      kind: 'backup',
      file: './a.db',
      flags: { configFile: 'x.ini' },
    });
    expect(messageOf('-f x.ini backup')).toBe(
      '`backup` needs a file.\nType, say: instrument_server --config-file x.ini backup ./instrument_server.db',
    );
    expect(messageOf('backup a b')).toContain('`b` was not expected after `backup`.');
    expect(messageOf('backup a --json')).toContain('means nothing to the command `backup`');
  });

  test('run and dev take a format in which the output is read', () => {
    expect(parse('run ./a.sh --format nagios')).toMatchObject({ kind: 'run', format: 'nagios' });
    expect(parse('dev --format=value ./a.sh')).toMatchObject({ kind: 'dev', script: './a.sh', format: 'value' });
  });

  test('run and dev take no format that does not exist', () => {
    const said = (line: string) => {
      const command = parse(line);
      return command.kind === 'usage-error' ? command.message : command.kind;
    };
    expect(said('run a --format Nagio')).toMatch(
      /^`--format Nagio` is not a format\.\nDid you mean `--format nagios`\? If not: Type one of: --format native, /,
    );
    expect(said('dev a --format zzzzzzz')).toMatch(
      /^`--format zzzzzzz` is not a format\.\nType one of: --format native/,
    );
    expect(said('status a --format json')).toMatch(/^`--format <FORMAT>` means nothing to the command `status`\./);
  });

  test('import takes a system and a path, and the file to write', () => {
    const plain = { kind: 'import', system: 'nagios', path: '/a/nrpe.cfg', file: null };
    expect(parse('import nagios /a/nrpe.cfg')).toMatchObject(plain);
    expect(parse('import -u ann nagios --write ./x.ini /a/nrpe.cfg')).toMatchObject({
      ...plain,
      file: './x.ini',
      flags: { user: 'ann' },
    });
    const [nagios, munin, telegraf] = [
      'instrument_server import nagios /etc/nagios/nrpe.cfg',
      'instrument_server import munin /etc/munin',
      'instrument_server import telegraf /etc/telegraf/telegraf.conf',
    ];
    expect(messageOf('import')).toBe(
      `\`import\` needs a system, and a path.\nType, say: ${nagios}, or: ${munin}, or: ${telegraf}`,
    );
    expect(messageOf('import nagius /a')).toBe(
      `\`import\` does not know the system \`nagius\`.\nType one of: ${nagios}, ${munin}, ${telegraf}`,
    );
    expect(messageOf('import munin')).toBe(`\`import munin\` needs a path.\nType, say: ${munin}`);
    expect(messageOf('import munin a b')).toContain('`b` was not expected after `import`.');
    expect(messageOf('import munin a --write')).toBe('`--write <FILE>` needs a value.\nType: instrument_server --help');
    expect(messageOf('check --write x')).toContain('`--write <FILE>` means nothing to the command `check`.');
  });

  test('run and dev take a script, whatever its name', () => {
    const plain = { kind: 'run', script: './a.sh', format: null, isJson: false, explains: false };
    expect(parse('run ./a.sh')).toMatchObject(plain);
    expect(parse('-r 5 run --json ./a.sh')).toMatchObject({ ...plain, isJson: true });
    expect(parse('run ./a.sh --explain')).toMatchObject({ ...plain, explains: true });
    expect(parse('dev ./a.sh -s x')).toMatchObject({
      kind: 'dev',
      script: './a.sh',
      flags: { given: new Map([['--script-location', 'x']]) },
    });
    expect(parseArgs(['run', "it's a.sh"], '2.0.0', ['instrument_server'])).toMatchObject({
      kind: 'run',
      script: "it's a.sh",
    });
    expect(parseArgs(['dev', '--', '-a.sh'], '2.0.0', ['instrument_server'])).toMatchObject({
      kind: 'dev',
      script: '-a.sh',
    });
  });

  test('check takes three flags of its own', () => {
    const plain = { kind: 'check', isJson: false, connects: false, isStrict: false };
    expect(parse('check -f x.ini')).toMatchObject({ ...plain, flags: { configFile: 'x.ini' } });
    expect(parse('check --json')).toMatchObject({ ...plain, isJson: true });
    expect(parse('--connect check')).toMatchObject({ ...plain, connects: true });
    expect(parse('check --strict')).toMatchObject({ ...plain, isStrict: true });
  });
});

describe('collector', () => {
  const quiet = {
    listen: { host: '127.0.0.1', port: 8000 },
    refuse: false,
    resetAfter: null,
    stall: null,
    neverClose: false,
    tls: null,
  };

  test('listens on port 8000 of the loopback and behaves well without flags', () => {
    expect(collectorOf('collector')).toEqual(quiet);
  });

  test('takes its flags before and after the command', () => {
    expect(
      collectorOf(
        '--listen [::1]:0 --refuse collector --reset_after 10 --stall close --never-close --tls-cert c --tls-key k',
      ),
    ).toEqual({
      listen: { host: '::1', port: 0 },
      refuse: true,
      resetAfter: 10,
      stall: 'close',
      neverClose: true,
      tls: { certFile: 'c', keyFile: 'k' },
    });
  });

  test.each(['hello', 'authenticate', 'data', 'close'])('can stall at %s', (stall) => {
    expect(collectorOf(`collector --stall ${stall}`)).toEqual({ ...quiet, stall });
  });

  test.each([
    ['--listen 8000', '`--listen` is not HOST:PORT.\nType, say: --listen 127.0.0.1:8000, or --listen [::1]:0'],
    ['--listen host:99999', '`--listen` is not HOST:PORT.\nType, say: --listen 127.0.0.1:8000, or --listen [::1]:0'],
    ['--reset-after 0', '`--reset-after` is not a number of lines.\nType, say: --reset-after 10'],
    ['--reset-after x', '`--reset-after` is not a number of lines.\nType, say: --reset-after 10'],
    [
      '--stall x',
      '`--stall` is not a step.\nType one of: --stall hello, --stall authenticate, --stall data, --stall close',
    ],
    ['--tls-cert c', '`--tls-cert` and `--tls-key` need each other.\nType: --tls-cert FILE --tls-key FILE'],
    ['--tls-key k', '`--tls-cert` and `--tls-key` need each other.\nType: --tls-cert FILE --tls-key FILE'],
    ['-k key', '`-k, --api_key <KEY>` means nothing to the command `collector`.\nLeave it out.'],
    ['-p x', '`-p, --pid <FILE>` means nothing to the command `collector`.\nLeave it out.'],
    ['--json', '`--json` means nothing to the command `collector`.\nLeave it out.'],
  ])('does not take %s', (words, message) => {
    expect(messageOf(`collector ${words}`)).toBe(message);
  });
});

describe('usage errors', () => {
  test.each([
    ['-k', '`-k, --api_key <KEY>` needs a value.\nType: instrument_server --help'],
    ['-k -e', '`-k, --api_key <KEY>` needs a value, but the flag `-e` follows it.\nType: instrument_server --help'],
    [
      '-l --report_interval 5',
      '`-l, --log <FILE>` needs a value, but the flag `--report-interval` follows it.\nType: instrument_server --help',
    ],
    ['--colector x', 'There is no flag `--colector`.\nDid you mean `--collector`? If not: instrument_server --help'],
    ['--apikey SECRET', 'There is no flag `--apikey`.\nDid you mean `--api_key`? If not: instrument_server --help'],
    ['--zzzzzz', 'There is no flag `--zzzzzz`.\nType: instrument_server --help'],
    ['-x', 'There is no flag `-x`.\nType: instrument_server --help'],
    ['-ex', 'There is no flag `-x`.\nType: instrument_server --help'],
    ['--debug=3', '`--debug` takes no value.\nType: --debug'],
    ['colector', 'There is no command `colector`.\nDid you mean `collector`? If not: instrument_server --help'],
    ['zzzzzz', 'There is no command `zzzzzz`.\nType: instrument_server --help'],
    ['-- -e', 'There is no command `-e`.\nType: instrument_server --help'],
    ['foreground now', '`now` was not expected after `foreground`.\nType: instrument_server --help'],
    [
      '--refuse',
      '`--refuse` means nothing to the command `foreground`.\nType: instrument_server collector, and the flags after it.',
    ],
  ])('`%s`', (line, message) => {
    expect(messageOf(line)).toBe(message);
  });

  test.each([
    [
      '--json',
      '`--json` means nothing to the command `foreground`.\nType: instrument_server status --json, or: instrument_server check --json, or: instrument_server run --json',
    ],
    ['stop --strict', '`--strict` means nothing to the command `stop`.\nType: instrument_server check --strict'],
    ['status --connect', '`--connect` means nothing to the command `status`.\nType: instrument_server check --connect'],
    [
      'start --refuse',
      '`--refuse` means nothing to the command `start`.\nType: instrument_server collector, and the flags after it.',
    ],
    ['start now', '`now` was not expected after `start`.\nType: instrument_server --help'],
    ['status a.sh b.sh', '`b.sh` was not expected after `status`.\nType: instrument_server --help'],
    ['check a.sh', '`a.sh` was not expected after `check`.\nType: instrument_server --help'],
    ['strat', 'There is no command `strat`.\nDid you mean `start`? If not: instrument_server --help'],
    ['run', '`run` needs a script.\nType, say: instrument_server run ./mine.sh'],
    ['dev', '`dev` needs a script.\nType, say: instrument_server dev ./mine.sh'],
    ['run a.sh b.sh', '`b.sh` was not expected after `run`.\nType: instrument_server --help'],
    [
      'dev a.sh --json',
      '`--json` means nothing to the command `dev`.\nType: instrument_server status --json, or: instrument_server check --json, or: instrument_server run --json',
    ],
    ['run a.sh --explain --json', '`--explain` has no `--json`.\nLeave one of them out.'],
    ['status -n.sh', 'There is no flag `-n`.\nIf it is a script, type: instrument_server status -- -n.sh'],
    [
      '-f /a.ini --state-dir /s$1 -u me -k SECRET run -n.sh --explain',
      "There is no flag `-n`.\nIf it is a script, type: instrument_server --user me --config-file /a.ini --state-dir '/s$1' run -- -n.sh",
    ],
    ['dev -n', 'There is no flag `-n`.\nIf it is a script, type: instrument_server dev -- -n'],
    ['dev -en.py', 'There is no flag `-n`.\nIf it is a script, type: instrument_server dev -- -en.py'],
    ['status --mine', 'There is no flag `--mine`.\nIf it is a script, type: instrument_server status -- --mine'],
    ['status --jsn', 'There is no flag `--jsn`.\nDid you mean `--json`? If not: instrument_server --help'],
    ['status a.sh -n', 'There is no flag `-n`.\nType: instrument_server --help'],
    ['check -n.sh', 'There is no flag `-n`.\nType: instrument_server --help'],
    ['run -r.sh', '`run` needs a script.\nType: instrument_server run -- -r.sh'],
    ['run -kSECRET.sh', '`run` needs a script.\nType, say: instrument_server run ./mine.sh'],
    [
      '--state-dir /s check --explain',
      '`--explain` means nothing to the command `check`.\nType: instrument_server --state-dir /s run --explain',
    ],
    ['runn', 'There is no command `runn`.\nDid you mean `run`? If not: instrument_server --help'],
    ['statsu', 'There is no command `statsu`.\nDid you mean `status`? If not: instrument_server --help'],
  ])('`%s`, too', (line, message) => {
    expect(messageOf(line)).toBe(message);
  });

  test('what follows an unknown flag is not repeated: it may be a key', () => {
    for (const line of [
      '--apikey=SECRET',
      '--apikey SECRET',
      '-KSECRET',
      '-K SECRET',
      'status -KSECRET',
      'run --apikey=SECRET.sh',
    ]) {
      expect(messageOf(line)).toContain('There is no flag');
      expect(messageOf(line)).not.toContain('SECRET');
    }
  });
});

describe('help and version', () => {
  test.each(['-h', '--help', 'help', 'start -h', '-r 5 foreground --help', '-h --zzzzzz'])(
    '`%s` gives the help',
    (line) => {
      expect(parse(line).kind).toBe('help');
    },
  );

  test('-v and --version give name and version', () => {
    for (const line of ['-v', '--version', 'foreground -v'])
      expect(parse(line)).toEqual({ kind: 'version', text: 'instrument_server 2.0.0\n' });
  });

  test('the help names every flag and every key of the configuration', () => {
    for (const { flag, key } of allSettings) {
      expect(helpText()).toContain(key);
      if (flag) expect(helpText()).toMatch(new RegExp(`^  (-\\w, )?${flag.long} `, 'm'));
    }
    for (const { name } of sections) expect(helpText()).toContain(`[${name}]`);
    for (const flag of [
      '-f, --config-file',
      '-t, --temp-dir',
      '-p, --pid',
      '-u, --user',
      '--json',
      '--connect',
      '--strict',
      '--listen',
      '--stall',
    ])
      expect(helpText()).toContain(`  ${flag} `);
  });

  test('the help names every command', () => {
    for (const name of ['foreground', ...daemonCommands, 'status', 'check', 'collector', 'help'])
      expect(helpText()).toMatch(new RegExp(`^  ${name} `, 'm'));
  });

  test('the help ends with examples, and each is valid', () => {
    const [, examples = ''] = helpText().split('\nExamples:\n');
    const lines = examples.trim().split('\n').filter(Boolean);
    expect(lines.length).toBeGreaterThan(8);
    for (const line of lines) {
      const [words = ''] = line.trim().split(/\s{3,}/);
      expect(['help', 'version', 'usage-error'], line).not.toContain(
        parse(words.replace('instrument_server', '')).kind,
      );
    }
  });

  test('no line of the help is wider than 110 characters', () => {
    expect(
      Math.max(
        ...helpText()
          .split('\n')
          .map((line) => line.length),
      ),
    ).toBeLessThan(111);
  });
});

test('whatever the words, there is a command or a message of one or two clean lines', () => {
  const word = fc.oneof(
    fc.constantFrom(
      'foreground',
      'collector',
      'start',
      'status',
      'check',
      '--json',
      '-k',
      '-e',
      '--debug',
      '--listen',
      '-ex',
      '--',
      '-',
      '',
      '--api_key=',
      '-p',
      '--__proto__',
      '-h',
    ),
    fc.constantFrom('constructor', 'a\nb\nc', '\u001b[31m', '--a\nb\nc', '-\n'),
    fc.string({ unit: 'grapheme' }),
  );
  fc.assert(
    fc.property(fc.array(word), (words) => {
      const command = parseArgs(words, '2.0.0', ['instrument_server']);
      if (command.kind === 'usage-error') expect(command.message).toMatch(/^[^\p{Cc}]+(\n[^\p{Cc}]+)?$/u);
    }),
    { numRuns: 500 },
  );
});
