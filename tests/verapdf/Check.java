import java.io.FileInputStream;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** Judges files as PDF/UA-1 and PDF/A-3a, prints what fails, and leaves with 1 if anything does. */
public class Check {
  private static final PDFAFlavour[] FLAVOURS = {PDFAFlavour.PDFUA_1, PDFAFlavour.PDFA_3_A};

  public static void main(String[] files) throws Exception {
    VeraGreenfieldFoundryProvider.initialise();
    int failed = 0;
    for (String file : files) {
      for (PDFAFlavour flavour : FLAVOURS) {
        try (PDFAParser parser =
            Foundries.defaultInstance().createParser(new FileInputStream(file), flavour)) {
          ValidationResult result =
              Foundries.defaultInstance().createValidator(flavour, false).validate(parser);
          if (result.isCompliant()) {
            continue;
          }
          failed++;
          for (TestAssertion test : result.getTestAssertions()) {
            if (test.getStatus() == TestAssertion.Status.FAILED) {
              System.out.println(file + ": not " + flavour + ": " + test.getMessage() + " ("
                  + test.getRuleId().getClause() + "-" + test.getRuleId().getTestNumber() + ")");
            }
          }
        }
      }
    }
    System.out.println(files.length * FLAVOURS.length + " runs, " + failed + " failed");
    System.exit(failed == 0 ? 0 : 1);
  }
}
