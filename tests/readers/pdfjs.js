// Prints the text of a file as pdf.js extracts it: node pdfjs.js FILE
console.log = console.error; // its warnings, which are no text of the file
const pdfjs = require("pdfjs-dist/legacy/build/pdf.js");

async function main(path) {
  const data = new Uint8Array(require("fs").readFileSync(path));
  const document = await pdfjs.getDocument({ data, verbosity: 0, isEvalSupported: false }).promise;
  for (let number = 1; number <= document.numPages; number += 1) {
    const content = await (await document.getPage(number)).getTextContent();
    process.stdout.write(content.items.map((item) => item.str + (item.hasEOL ? "\n" : "")).join(""));
    process.stdout.write("\n");
  }
}

main(process.argv[2]).catch((error) => {
  console.error(error);
  process.exit(1);
});
