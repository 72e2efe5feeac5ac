package dev.mige4j.train.logging;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorBoardWriterTest {

    @Test
    void masksChecksumsAsTensorFlowDoes() {
        assertEquals(0xc78ab0e5, TensorBoardWriter.maskedCrc32c("123456789".getBytes(StandardCharsets.US_ASCII)));
    }

    @Test
    void writesRecordsWithValidChecksums(@TempDir Path folder) throws IOException {
        try (var events = new TensorBoardWriter(folder, 0)) {
            events.addScalars(7, Map.of("loss", 0.5));
            events.addImage(7, "sheet", 2, 1, new byte[] {1, 2, 3});
        }
        Path file;
        try (var files = Files.list(folder)) {
            file = files.findFirst().orElseThrow();
        }
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int records = 0;
        while (bytes.hasRemaining()) {
            byte[] length = new byte[8];
            bytes.get(length);
            assertEquals(TensorBoardWriter.maskedCrc32c(length), bytes.getInt());
            byte[] data = new byte
                    [(int) ByteBuffer.wrap(length)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .getLong()];
            bytes.get(data);
            assertEquals(TensorBoardWriter.maskedCrc32c(data), bytes.getInt());
            records++;
        }
        assertEquals(3, records);
    }
}
