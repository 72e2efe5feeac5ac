package dev.mige4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.ImageEncoding;
import dev.mige4j.image.ImageFormat;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class OutputFormatOptionsTest {

    @Test
    void writesTheFilesOfTheReferenceWhereItIsReproduced() {
        assertEquals(new ImageEncoding(ImageFormat.JPEG, 75), parse().encoding(true));
        assertEquals(ImageEncoding.PNG, parse().encoding(false));
    }

    @Test
    void writesTheFormatThatIsAskedFor() {
        assertEquals(ImageEncoding.PNG, parse("--format", "png").encoding(true));
        assertEquals(
                new ImageEncoding(ImageFormat.JPEG, 95),
                parse("--format", "jpeg", "--quality", "95").encoding(false));
        assertThrows(UsageException.class, () -> parse("--quality", "95").encoding(false), "PNG has no quality");
    }

    private static OutputFormatOptions parse(String... arguments) {
        return CommandLine.populateCommand(new OutputFormatOptions(), arguments);
    }
}
