// What a Node function can see of the environment it runs in.
const { execFileSync } = require('child_process');
const fs = require('fs');
const v8 = require('v8');

exports.handler = async (event) => {
  const found = {
    environ: { ...process.env },
    child: execFileSync('/usr/bin/env', ['-0']).toString().split('\0'),
    argv: process.argv, execArgv: process.execArgv, title: process.title, cwd: process.cwd(),
    heapMb: v8.getHeapStatistics().heap_size_limit / 1048576,
    tmp: fs.readdirSync('/tmp'), fds: fs.readdirSync('/proc/self/fd').length,
    random: Math.random(), uuid: require('crypto').randomUUID(), zone: new Date(0).getTimezoneOffset(),
    sockets: fs.readFileSync('/proc/self/net/tcp', 'utf8').trim().split('\n').slice(1)
      .map((line) => line.trim().split(/\s+/)).filter((fields) => fields[3] === '0A').map((fields) => fields[1]),
  };
  if (event.leave) fs.writeFileSync('/tmp/left', event.leave);
  return found;
};
