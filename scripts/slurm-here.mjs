// A Slurm cluster on this one machine, for trying and for tests: `node scripts/slurm-here.mjs <folder> [nodes]`, until it is
// interrupted. Needs Debian's slurm-wlm and munge, no systemd and no configuration: all files are in the folder, all ports on
// loopback. Prints `export SLURM_CONF=…` when jobs can be submitted.
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism, totalmem, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const [where = '', count = '2'] = process.argv.slice(2);
const nodes = Number(count);
if (where === '' || !/^[\w./-]+$/.test(resolve(where)) || !(nodes >= 1 && nodes <= 64)) {
  console.error('slurm-here: expected <folder> [nodes], a folder without spaces and 1 to 64 nodes');
  process.exit(2);
}
const folder = resolve(where);
const conf = join(folder, 'slurm.conf');
const socket = join(folder, 'munge', 'socket');
const started = [];

/** Starts a daemon in the foreground, its output in a file. */
function start(name, program, words) {
  const log = openSync(join(folder, 'log', `${name}.out`), 'a');
  const environment = { ...process.env, SLURM_CONF: conf };
  const child = spawn(program, words, { stdio: ['ignore', log, log], env: environment, detached: true });
  closeSync(log);
  child.on('error', (error) => end(`${program}: ${error.message}`));
  child.on('exit', (code, signal) => end(`${name} ended by itself: ${signal ?? code}; see ${join(folder, 'log')}`));
  started.push({ name, child });
}

let ending = false;
/** Ends all that was started, the last first, and this process. */
async function end(fault) {
  if (ending) return;
  ending = true;
  if (fault !== undefined) console.error(`slurm-here: ${fault}`);
  for (const { child } of started.toReversed()) {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) continue;
    child.kill('SIGTERM');
    const gone = new Promise((settle) => child.once('exit', settle));
    await Promise.race([gone, sleep(5000).then(() => child.kill('SIGKILL'))]);
  }
  process.exit(fault === undefined ? 0 : 1);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void end());

/** Ports that nothing listens on. */
async function freePorts(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      const server = createServer();
      return new Promise((settle, fail) => server.once('error', fail).listen(0, '127.0.0.1', () => settle(server)));
    }),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((settle) => server.close(settle))));
  return ports;
}

function configuration([controller, ...ports]) {
  const user = userInfo().username;
  const processors = Math.max(1, Math.floor(availableParallelism() / nodes));
  const megabytes = Math.floor(totalmem() / 2 ** 20 / nodes / 2);
  return `ClusterName=here
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=${controller}
SlurmUser=${user}
SlurmdUser=${user}
AuthType=auth/munge
AuthInfo=socket=${socket},cred_expire=5
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool/%n
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd-%n.pid
SlurmctldLogFile=${folder}/log/slurmctld.log
SlurmdLogFile=${folder}/log/slurmd-%n.log
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=0,bf_interval=1,sched_interval=1,sched_min_interval=0
MpiDefault=none
SlurmdTimeout=30
ReturnToService=0
${ports.map((port, index) => `NodeName=n${index + 1} NodeHostname=localhost NodeAddr=127.0.0.1 Port=${port} CPUs=${processors} RealMemory=${megabytes} State=UNKNOWN`).join('\n')}
PartitionName=here Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`;
}

/** Waits until a condition holds. */
async function until(what, condition) {
  for (let tries = 0; tries < 150; tries++) {
    if (condition()) return;
    await sleep(200);
  }
  await end(`${what} within 30 s, which did not come; see ${join(folder, 'log')}`);
}

const said = (program, ...words) =>
  spawnSync(program, words, { encoding: 'utf8', env: { ...process.env, SLURM_CONF: conf }, timeout: 10_000 }).stdout ??
  '';

for (const name of ['log', 'state', 'spool']) mkdirSync(join(folder, name), { recursive: true });
mkdirSync(join(folder, 'munge'), { recursive: true, mode: 0o755 });
const key = join(folder, 'munge.key');
if (!existsSync(key)) writeFileSync(key, randomBytes(128), { mode: 0o400 });
chmodSync(key, 0o400);
const own = (name) => join(folder, 'munge', name);
start('munged', 'munged', [
  ...['--foreground', '--force', '--key-file', key, '--socket', socket, '--pid-file', own('pid')],
  ...['--log-file', own('log'), '--seed-file', own('seed')],
]);
await until('expected the socket of munged', () => existsSync(socket));
writeFileSync(conf, configuration(await freePorts(nodes + 1)));
start('slurmctld', 'slurmctld', ['-D', '-i']);
for (let node = 1; node <= nodes; node++) start(`slurmd-n${node}`, 'slurmd', ['-D', '-N', `n${node}`]);
await until('expected all nodes to be idle', () => {
  const states = said('sinfo', '--noheader', '--Node', '--format=%t').trim().split('\n');
  return states.length === nodes && states.every((state) => state === 'idle');
});
console.log(`export SLURM_CONF=${conf}`);
