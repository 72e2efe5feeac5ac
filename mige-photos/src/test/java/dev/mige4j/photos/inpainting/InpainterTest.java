package dev.mige4j.photos.inpainting;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mige4j.common.UsageException;
import org.junit.jupiter.api.Test;

class InpainterTest {

    @Test
    void inpaintersHaveNames() {
        assertEquals(new PatchMatchInpainter(), Inpainter.of("patches"));
        assertEquals(OpenCvInpainter.DEFAULT, Inpainter.of("telea"));
        assertEquals(new OpenCvInpainter(OpenCvInpainter.Method.NAVIER_STOKES, 5), Inpainter.of("navier-stokes"));
        UsageException error = assertThrows(UsageException.class, () -> Inpainter.of("magic"));
        assertEquals(
                "There is no inpainting 'magic'; choose patches, telea, navier-stokes or a file that ends in .onnx.",
                error.getMessage());
    }
}
