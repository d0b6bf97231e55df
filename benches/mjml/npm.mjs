// Makes HTML of MJML with npm's mjml, as `cargo xtask bench mjml` compares it with ours.
//
// `node npm.mjs MODULES FOLDER OUT` makes OUT/NAME.html of each .mjml under a folder, with the
// validator's warnings in NAME.warnings, or NAME.error; `node npm.mjs MODULES --time FILE TIMES`
// prints the microseconds of each making; `node npm.mjs MODULES --attributes` prints the table of
// attributes.
import fs from 'node:fs'
import path from 'node:path'
import { createRequire } from 'node:module'

const [modules, ...words] = process.argv.slice(2)
const load = createRequire(path.join(path.resolve(modules), 'node_modules', 'x'))
const mjml = load('mjml')
const make = mjml.default ?? mjml

async function html(file) {
  const text = fs.readFileSync(file, 'utf8')
  return make(text, { filePath: file, ignoreIncludes: false, validationLevel: 'soft' })
}

if (words[0] === '--attributes') {
  const preset = load('mjml-preset-core')
  for (const component of (preset.default ?? preset).components) {
    for (const [name, kind] of Object.entries((component.default ?? component).allowedAttributes ?? {})) {
      console.log((component.default ?? component).componentName, name, kind)
    }
  }
} else if (words[0] === '--time') {
  await html(words[1])
  for (let turn = 0; turn < Number(words[2]); turn++) {
    const started = process.hrtime.bigint()
    await html(words[1])
    console.log(String((process.hrtime.bigint() - started) / 1000n))
  }
} else {
  const [folder, out] = words
  for (const name of fs.readdirSync(folder, { recursive: true }).sort()) {
    if (!name.endsWith('.mjml')) continue
    const to = path.join(out, name.slice(0, -'.mjml'.length))
    fs.mkdirSync(path.dirname(to), { recursive: true })
    try {
      const made = await html(path.join(folder, name))
      fs.writeFileSync(`${to}.html`, made.html)
      if (made.errors.length > 0) {
        fs.writeFileSync(`${to}.warnings`, made.errors.map((error) => error.message).join('\n'))
      }
    } catch (error) {
      fs.writeFileSync(`${to}.error`, String(error.message ?? error))
    }
  }
}
