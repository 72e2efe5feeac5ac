package dev.mige4j.photos.report;

import dev.mige4j.image.Image;
import dev.mige4j.image.Resampling;
import java.util.List;

/** Draws samples side by side, so that many can be looked at in one image: source, target and object of each. */
final class PhotoContactSheet {

    private static final int CELL = 200, GAP = 4, SAMPLES_PER_ROW = 3, GROUND = 0xFFFFFF;

    private PhotoContactSheet() {}

    /** A sheet of samples of three images each. */
    static Image of(List<List<Image>> samples) {
        int sampleWidth = 3 * (CELL + GAP) + 4 * GAP, rows = (samples.size() + SAMPLES_PER_ROW - 1) / SAMPLES_PER_ROW;
        Image sheet =
                Image.filled(Math.min(samples.size(), SAMPLES_PER_ROW) * sampleWidth, rows * (CELL + 4 * GAP), GROUND);
        for (int i = 0; i < samples.size(); i++)
            for (int k = 0; k < 3; k++) {
                Image image = fit(samples.get(i).get(k));
                sheet = sheet.paste(
                        image,
                        i % SAMPLES_PER_ROW * sampleWidth + k * (CELL + GAP) + (CELL - image.width()) / 2,
                        i / SAMPLES_PER_ROW * (CELL + 4 * GAP) + (CELL - image.height()) / 2);
            }
        return sheet;
    }

    private static Image fit(Image image) {
        int longest = Math.max(image.width(), image.height());
        return Resampling.BICUBIC.resize(
                image, Math.max(1, image.width() * CELL / longest), Math.max(1, image.height() * CELL / longest));
    }
}
