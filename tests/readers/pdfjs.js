// Prints what pdf.js makes of a file: node pdfjs.js FILE for its text, with --tags after it for the
// tags of its pages, a line for each: the page, the tag, and the alternative text.
console.log = console.error; // its warnings, which are no text of the file
const pdfjs = require("pdfjs-dist/legacy/build/pdf.js");

function tell(page, node) {
  if (node.role) {
    process.stdout.write(`${page} ${node.role}${node.alt ? " " + node.alt : ""}\n`);
  }
  for (const child of node.children || []) {
    tell(page, child);
  }
}

async function main(path, tags) {
  const data = new Uint8Array(require("fs").readFileSync(path));
  const document = await pdfjs.getDocument({ data, verbosity: 0, isEvalSupported: false }).promise;
  for (let number = 1; number <= document.numPages; number += 1) {
    const page = await document.getPage(number);
    if (tags) {
      tell(number, (await page.getStructTree()) || {});
      continue;
    }
    const content = await page.getTextContent();
    process.stdout.write(content.items.map((item) => item.str + (item.hasEOL ? "\n" : "")).join(""));
    process.stdout.write("\n");
  }
}

main(process.argv[2], process.argv[3] === "--tags").catch((error) => {
  console.error(error);
  process.exit(1);
});
