package dev.mige4j.photos.cutout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.image.Resampling;
import dev.mige4j.photos.PhotoFixtures;
import dev.mige4j.photos.cutout.PhotoFilter.MinScore;
import dev.mige4j.photos.stage.Photo;
import dev.mige4j.photos.stage.StageResult;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PhotoFilterTest {

    private static final PhotoFilter FILTER = PhotoFilter.DEFAULT;

    private static Photo photo(Image image) {
        return new Photo("a.jpg", image);
    }

    @Test
    void keepsASharpPhotograph() {
        Photo photo = photo(PhotoFixtures.texture(500, 400));
        assertEquals(StageResult.kept(photo), FILTER.apply(photo));
    }

    @Test
    void dropsWhatIsTooSmallOrTooNarrow() {
        assertEquals(
                StageResult.dropped("too_small", "It has 500 x 383 pixels; a side must have at least 384."),
                FILTER.apply(photo(Image.filled(500, 383, 0))));
        assertEquals(
                StageResult.dropped(
                        "too_narrow",
                        "It has 1600 x 390 pixels; the long side may be at most 4.0 times the short one."),
                FILTER.apply(photo(Image.filled(1600, 390, 0))));
    }

    @Test
    void dropsWhatIsBlurredEverywhereButNotASharpObjectOnABlurredGround() {
        Image sharp = PhotoFixtures.texture(500, 400);
        Image blurred = Resampling.BILINEAR.resize(Resampling.BILINEAR.resize(sharp, 40, 32), 500, 400);
        assertEquals("blurred", ((StageResult.Dropped<Photo>) FILTER.apply(photo(blurred))).reason());
        Photo focused = photo(blurred.paste(sharp.crop(0, 0, 125, 100), 125, 100));
        assertEquals(StageResult.kept(focused), FILTER.apply(focused));
    }

    @Test
    void sharpnessIsThatOfTheReducedImageForLargeOnes() {
        Image image = PhotoFixtures.texture(720, 540);
        double half = Sharpness.of(Resampling.BICUBIC.resize(image, 360, 270));
        double enlarged = Sharpness.of(Resampling.BICUBIC.resize(image, 1440, 1080));
        assertEquals(Sharpness.of(image), enlarged, 0.1 * enlarged);
        assertTrue(half > Sharpness.of(image));
        assertEquals(0, Sharpness.of(Image.filled(11, 100, 0x808080)));
    }

    @Test
    void asksAScorerOnlyIfThereIsOne() {
        PhotoFilter scored = new PhotoFilter(1, 4, 0, Optional.of(new MinScore(Image::width, 100)));
        assertEquals(
                StageResult.dropped("low_score", "Its score is 99.000; it must be at least 100.0."),
                scored.apply(photo(Image.filled(99, 99, 0))));
        Photo good = photo(Image.filled(100, 99, 0));
        assertEquals(StageResult.kept(good), scored.apply(good));
    }

    @Test
    void refusesLimitsThatMeanNothing() {
        assertThrows(UsageException.class, () -> new PhotoFilter(0, 4, 0, Optional.empty()));
        assertThrows(UsageException.class, () -> new PhotoFilter(1, 0.5, 0, Optional.empty()));
        assertThrows(UsageException.class, () -> new PhotoFilter(1, 4, Double.NaN, Optional.empty()));
    }
}
