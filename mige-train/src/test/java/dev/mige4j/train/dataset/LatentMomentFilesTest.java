package dev.mige4j.train.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mige4j.dataset.DatasetRecord;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LatentMomentFilesTest {

    private static final String SOURCE = "raw/instructpix2pix/s/7.jpg";
    private static final DatasetRecord RECORD = new DatasetRecord(
            "raw/instructpix2pix/t/7_1.jpg",
            400,
            400,
            List.of(SOURCE),
            "Delete the dog from<imagehere>.",
            Optional.of(SOURCE),
            Map.of());

    @TempDir
    Path root;

    @Test
    void areNamedAsInTheReference() {
        LatentMomentFiles files = new LatentMomentFiles(root, 512);
        assertEquals("vae/vae_instructpix/512resolution/noflip/7_1.npy", files.target(RECORD));
        assertEquals(Optional.of("vae_entity/vae_instructpix/512resolution/noflip/7.npy"), files.source(RECORD));
        assertEquals("vae_entity/vae_instructpix/512resolution/noflip/7.npy", files.reference(SOURCE));
    }

    @Test
    void areReadWhereTheyExist() throws Exception {
        byte[] header =
                "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1, 2), }\n".getBytes(StandardCharsets.US_ASCII);
        ByteBuffer npy = ByteBuffer.allocate(10 + header.length + 16)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0x4d554e93)
                .putShort((short) 0x5950)
                .put((byte) 1)
                .put((byte) 0)
                .putShort((short) header.length)
                .put(header)
                .putFloat(1)
                .putFloat(2)
                .putFloat(3)
                .putFloat(4);
        assertEquals(Optional.empty(), LatentMomentFiles.in(root, 512));
        Path file = root.resolve("vae/vae_instructpix/512resolution/noflip/7_1.npy");
        Files.createDirectories(file.getParent());
        Files.write(file, npy.array());
        LatentMomentFiles files = LatentMomentFiles.in(root, 512).orElseThrow();
        assertArrayEquals(
                new float[] {1, 2, 3, 4},
                files.read(files.target(RECORD)).orElseThrow().toFloatArray());
        assertEquals(Optional.empty(), files.read(files.reference(SOURCE)));
    }
}
