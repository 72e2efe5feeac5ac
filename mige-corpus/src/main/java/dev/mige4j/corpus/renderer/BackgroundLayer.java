package dev.mige4j.corpus.renderer;

/** Draws a background over the sky: snow, tint, haze and lamp light applied. */
final class BackgroundLayer {

    private BackgroundLayer() {}

    static void draw(RenderTarget target, Background background, Lighting lighting) {
        byte[] rgb = background.rgb();
        double[] hazeByDepth = new double[256];
        for (int k = 0; k < 256; k++) hazeByDepth[k] = lighting.hazeAt(k / 255.0);
        Lighting.Tint tint = lighting.tint();
        int hazeColour = lighting.sky().haze();
        float hr = hazeColour >> 16, hg = hazeColour >> 8 & 255, hb = hazeColour & 255;
        for (int i = 0; i < target.size * target.size; i++) {
            int coverage = background.coverage()[i] & 255;
            if (coverage == 0) continue;
            double r = rgb[3 * i] & 255, g = rgb[3 * i + 1] & 255, b = rgb[3 * i + 2] & 255;
            if (lighting.precipitation().snowing()) {
                double s = (background.snowCover()[i] & 255) / 255.0;
                r += (243 - r) * s;
                g += (246 - g) * s;
                b += (251 - b) * s;
            }
            double lamp = lighting.lampStrength() * (background.nightGlow()[i] & 255) / 255.0;
            double warm = b > r ? 0.75 : 0.08;
            double lr = r + (255 - r) * warm, lg = g + (214 - g) * warm, lb = b + (128 - b) * warm;
            double haze = hazeByDepth[background.depth()[i] & 255];
            r *= tint.red();
            g *= tint.green();
            b *= tint.blue();
            r += (hr - r) * haze;
            g += (hg - g) * haze;
            b += (hb - b) * haze;
            if (lamp > 0) {
                r += (lr - r) * lamp;
                g += (lg - g) * lamp;
                b += (lb - b) * lamp;
            }
            double t = coverage / 255.0;
            target.red[i] += (float) ((r - target.red[i]) * t);
            target.green[i] += (float) ((g - target.green[i]) * t);
            target.blue[i] += (float) ((b - target.blue[i]) * t);
        }
    }
}
