package dev.mige4j.photos.annotation;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Masks as text: {@code #} is a pixel of the mask. */
public final class BinaryMaskText {

    private BinaryMaskText() {}

    /** One string for each row. */
    public static List<String> rows(BinaryMask mask) {
        return IntStream.range(0, mask.height())
                .mapToObj(y -> IntStream.range(0, mask.width())
                        .mapToObj(x -> mask.contains(x, y) ? "#" : ".")
                        .collect(Collectors.joining()))
                .toList();
    }
}
