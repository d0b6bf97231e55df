import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';

const [folder, text] = process.argv.slice(2);
const records = JSON.parse(text);
const resolver = async (name, type) => {
    const record = type === 'TXT' && records[name];
    if (!record) throw Object.assign(new Error(`no ${type} of ${name}`), { code: 'ENOTFOUND' });
    return [[record]];
};
const verdicts = {};
for (const name of readdirSync(folder).filter((name) => name.endsWith('.eml'))) {
    const { results } = await dkimVerify(readFileSync(join(folder, name)), { resolver });
    verdicts[name] = results.map(({ status }) => status.result === 'pass');
}
console.log(JSON.stringify(verdicts));
