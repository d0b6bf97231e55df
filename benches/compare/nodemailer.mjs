// The peer of `cargo xtask bench send` on nodemailer's pool: as many personal copies as it is told.
//
//   node nodemailer.mjs FOLDER PORT COPIES CONNECTIONS [sign]
//
// FOLDER holds the issue (`issue.html`, `issue.txt`) with marks for the reader's name and token,
// and `rsa.pem` to sign with.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [folder, port, copies, connections, sign] = process.argv.slice(2);
const nodemailer = createRequire(join(folder, 'node_modules/'))('nodemailer');
const read = (name) => readFileSync(join(folder, name), 'utf8');

// Both parts are split at their marks once, as a careful user of nodemailer would.
const split = (text) => text.split(/(QQNAMEQQ|QQTOKENQQ)/);
const html = split(read('issue.html'));
const text = split(read('issue.txt'));
const fill = (parts, name, token) =>
  parts.map((p) => (p === 'QQNAMEQQ' ? name : p === 'QQTOKENQQ' ? token : p)).join('');

const pool = nodemailer.createTransport({
  host: '127.0.0.1',
  port: Number(port),
  secure: false,
  ignoreTLS: true,
  pool: true,
  maxConnections: Number(connections),
  maxMessages: Infinity,
  dkim: sign
    ? { domainName: 'bench.example', keySelector: 'lp1', privateKey: read('rsa.pem') }
    : undefined,
});

function message(number) {
  const name = `Reader ${number}`;
  const token = `token-${String(number).padStart(38, '0')}`;
  const link = `https://bench.example/unsubscribe/${token}`;
  return {
    from: 'The Bench <news@bench.example>',
    to: { name, address: `r${number}@d${number % 50}.example` },
    subject: `News for ${name}`,
    html: fill(html, name, token),
    text: fill(text, name, token),
    headers: {
      'List-Id': 'The Bench <bench.bench.example>',
      'List-Unsubscribe': `<${link}>`,
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    },
  };
}

let next = 0;
async function worker() {
  while (next < Number(copies)) {
    await pool.sendMail(message(next++));
  }
}

// Two messages wait for each connection, so that none idles while the next one is made.
await Promise.all(Array.from({ length: 2 * Number(connections) }, worker));
pool.close();
