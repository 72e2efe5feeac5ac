package dev.mige4j.photos.inpainting;

import dev.mige4j.image.Image;
import dev.mige4j.photos.annotation.BinaryMask;

/**
 * Fills a mask with patches of the rest of the image, from coarse to fine, so that every patch of the result looks like
 * a patch of the image. Textures continue, which {@link OpenCvInpainter} smears; what the image does not show anywhere
 * cannot appear.
 *
 * <pre>
 *   minimise  Σ_p  |P(p) - P(m(p))|² + prior(p, m(p))      P(p): the 7 x 7 patch around pixel p; m(p): its match
 * </pre>
 *
 * <p>Matches and pixels are improved in turns at each resolution ({@link PatchMatchLevel}). The coarsest one, where the
 * mask is a few patches wide, starts from a smooth interpolation. The prior keeps matches near, above all in height,
 * because a photograph has its ground below and its sky above, and it keeps one patch from being used again and again.
 *
 * <p>Sources: Wexler et al. 2007, "Space-time completion of video" (the minimisation); Barnes et al. 2009, "PatchMatch"
 * (the search); Newson et al. 2017, "Non-local patch-based image inpainting" (texture as a feature); Kaspar et al.
 * 2015, "Self tuning texture optimization" (the penalty of repetition). The prior of the height is our own.
 */
public record PatchMatchInpainter() implements Inpainter {

    /** Iterations at each resolution, and at the finest one, which the others have prepared. */
    private static final int ITERATIONS = 8, FINEST_ITERATIONS = 3;

    @Override
    public Image inpaint(Image image, BinaryMask mask) {
        Inpainter.requireSameSize(image, mask);
        if (mask.area() == 0) return image.flatten(0);
        PatchMatchLevel[] levels = PatchPyramid.of(image, mask);
        PatchMatchLevel level = levels[levels.length - 1];
        level.interpolate();
        if (level.hasSources()) {
            level.matchRandomly();
            level.optimize(levels.length == 1 ? FINEST_ITERATIONS : ITERATIONS);
            for (int i = levels.length - 2; i >= 0; i--) {
                levels[i].matchAs(level);
                level = levels[i];
                level.optimize(i == 0 ? FINEST_ITERATIONS : ITERATIONS);
            }
            level.copyBestMatches();
        }
        byte[] rgb = image.rgb();
        level.writeHole(rgb);
        return Image.of(image.width(), image.height(), rgb);
    }
}
