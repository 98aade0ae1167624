import java.io.FileInputStream;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/**
 * Judges files as PDF/UA-1 and PDF/A-3a, or those of PDF 2.0 as PDF/UA-2, WTPDF and PDF/A-4f; prints
 * what fails, and leaves with 1 if anything does.
 */
public class Check {
  private static final PDFAFlavour[] OLD = {PDFAFlavour.PDFUA_1, PDFAFlavour.PDFA_3_A};
  private static final PDFAFlavour[] NEW = {
    PDFAFlavour.PDFUA_2, PDFAFlavour.WTPDF_1_0_ACCESSIBILITY, PDFAFlavour.WTPDF_1_0_REUSE,
    PDFAFlavour.PDFA_4_F
  };

  public static void main(String[] files) throws Exception {
    VeraGreenfieldFoundryProvider.initialise();
    int runs = 0;
    int failed = 0;
    for (String file : files) {
      for (PDFAFlavour flavour : version(file) == '2' ? NEW : OLD) {
        runs++;
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
    System.out.println(runs + " runs, " + failed + " failed");
    System.exit(failed == 0 ? 0 : 1);
  }

  /** Returns the digit after "%PDF-". */
  private static int version(String file) throws Exception {
    try (FileInputStream stream = new FileInputStream(file)) {
      return stream.readNBytes(6)[5];
    }
  }
}
