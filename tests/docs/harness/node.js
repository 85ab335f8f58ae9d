
for (const line of require('node:fs').readFileSync(0, 'utf8').trimEnd().split('\n')) {
  const fields = line.split('\t').map((field) => Buffer.from(field, 'base64'));
  console.log(verify(...fields.slice(0, 4).map(String), fields[4], Number(fields[5])));
}
