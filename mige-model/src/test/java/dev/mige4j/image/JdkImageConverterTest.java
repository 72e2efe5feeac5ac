package dev.mige4j.image;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.WritableRaster;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JdkImageConverterTest {

    @ParameterizedTest
    @ValueSource(ints = {BufferedImage.TYPE_BYTE_GRAY, BufferedImage.TYPE_USHORT_GRAY})
    void keepsTheValuesOfGrey(int type) {
        BufferedImage ramp = new BufferedImage(256, 1, type);
        int step = type == BufferedImage.TYPE_BYTE_GRAY ? 1 : 257;
        for (int x = 0; x < 256; x++) ramp.getRaster().setSample(x, 0, 0, step * x);
        assertEquals(ramp(), Image.of(ramp));
        assertEquals(ramp().crop(10, 0, 20, 1), Image.of(ramp.getSubimage(10, 0, 20, 1)));
    }

    @ParameterizedTest
    @ValueSource(ints = {DataBuffer.TYPE_BYTE, DataBuffer.TYPE_USHORT})
    void keepsTheValuesOfGreyWithAlpha(int type) {
        BufferedImage grey = greyWithAlpha(type, false);
        int max = type == DataBuffer.TYPE_BYTE ? 255 : 65535;
        grey.getRaster().setPixel(0, 0, new int[] {32 * max / 255, 128 * max / 255});
        assertEquals(Image.of(1, 1, new byte[] {32, 32, 32}, new byte[] {(byte) 128}), Image.of(grey));
    }

    @Test
    void dividesPremultipliedGreyByAlpha() {
        BufferedImage grey = greyWithAlpha(DataBuffer.TYPE_BYTE, true);
        grey.getRaster().setPixel(0, 0, new int[] {32, 128});
        assertEquals(Image.of(1, 1, new byte[] {64, 64, 64}, new byte[] {(byte) 128}), Image.of(grey));
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                BufferedImage.TYPE_INT_RGB,
                BufferedImage.TYPE_INT_BGR,
                BufferedImage.TYPE_3BYTE_BGR,
                BufferedImage.TYPE_INT_ARGB,
                BufferedImage.TYPE_4BYTE_ABGR,
                BufferedImage.TYPE_INT_ARGB_PRE
            })
    void keepsTheValuesOfRgb(int type) {
        BufferedImage image = new BufferedImage(2, 1, type);
        image.setRGB(0, 0, 0xff204060);
        image.setRGB(1, 0, 0xff0080ff);
        assertEquals(Image.of(2, 1, new byte[] {0x20, 0x40, 0x60, 0, (byte) 0x80, (byte) 0xff}), Image.of(image));
    }

    private static BufferedImage greyWithAlpha(int type, boolean premultiplied) {
        ComponentColorModel colours = new ComponentColorModel(
                ColorSpace.getInstance(ColorSpace.CS_GRAY), true, premultiplied, BufferedImage.TRANSLUCENT, type);
        WritableRaster raster = colours.createCompatibleWritableRaster(1, 1);
        return new BufferedImage(colours, raster, premultiplied, null);
    }

    private static Image ramp() {
        byte[] rgb = new byte[3 * 256];
        for (int i = 0; i < rgb.length; i++) rgb[i] = (byte) (i / 3);
        return Image.of(256, 1, rgb);
    }
}
