package mige.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import mige.encoder.Conditioning;
import mige.encoder.Layout;
import mige.tensor.Rng;
import mige.tensor.Tensor;
import mige.weights.Weights;
import org.junit.jupiter.api.Test;

class SketchTest {

    final Map<String, Tensor> maps = new LinkedHashMap<>();
    final Sketch sketch = new Sketch(6, 2, 8, 3, 4, Weights.fresh(1).recordingInto(maps));
    final Tensor latents = new Rng(2, 0).normal(2, 2, 8, 8), blank = Tensor.zeros(2, 2, 8, 8);

    private static Tensor said(double first, double second) {
        Tensor rows = Tensor.zeros(2, 4, 6);
        rows.narrow(0, 0, 1).narrow(1, 0, 2).fill_(first);
        rows.narrow(0, 1, 1).fill_(second);
        return rows;
    }

    @Test void nothingSaidMissesAllOfAChange() {
        Tensor change = latents.averagePool(2);
        Tensor size = change.mul(change).view(2, -1).mean(false, 1);
        assertEquals(size.div(size.add(0.02)).mean().item(), sketch.change(new Conditioning(said(0, 0), new int[] {2, 4}), latents, blank).item(), 1e-6);
    }

    @Test void paddingDoesNotCount() {
        Tensor longer = Tensor.cat(1, said(0.5, -0.5), Tensor.zeros(2, 3, 6));
        int[] lengths = {2, 4};
        assertEquals(sketch.change(new Conditioning(said(0.5, -0.5), lengths), latents, blank).item(), sketch.change(new Conditioning(longer, lengths), latents, blank).item(), 1e-6);
    }

    @Test void asksEveryQueryForItsShare() {
        Tensor states = new Rng(2, 1).normal(2, 6, 6).needGradient(true);
        List<Layout> layouts = List.of(Layout.of(List.of(new int[] {7}, new int[] {8}), 4, 3, 99, 1), Layout.of(List.of(new int[] {}, new int[] {}), 4, 3, 99, 1));
        sketch.shown(new Conditioning(states, new int[] {6, 4}), layouts, new int[] {1, 1}, latents).missed().backward();
        float[] asked = new float[12];
        for (int place = 0; place < 12; place++) asked[place] = states.gradient().view(12, 6).select(0, place).norm().item() > 1e-4 ? 1 : 0;
        assertArrayEquals(new float[] {0, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0}, asked);     // word, picture, word, end; picture, end, padding
    }

    @Test void aPlaceIsToldByWhatItSays() {
        List<Layout> layouts = List.of(Layout.of(List.of(new int[] {}, new int[] {7}, new int[] {}), 4, 3, 99, 1));   // picture, word, picture, end
        Tensor places = maps.get("sketch.places").detach();
        Tensor right = Tensor.cat(0, places.narrow(0, 0, 3), Tensor.zeros(1, 6), places.narrow(0, 3, 3), Tensor.zeros(1, 6)).unsqueeze(0);
        Tensor swapped = Tensor.cat(0, places.narrow(0, 3, 3), Tensor.zeros(1, 6), places.narrow(0, 0, 3), Tensor.zeros(1, 6)).unsqueeze(0);
        assertEquals(Math.log(12), unplaced(Tensor.zeros(1, 8, 6), layouts), 1e-5);
        assertTrue(unplaced(right, layouts) < 0.5 * Math.log(12), "the right places: " + unplaced(right, layouts));
        assertTrue(unplaced(swapped, layouts) > Math.log(12), "one picture for the other: " + unplaced(swapped, layouts));
    }

    private double unplaced(Tensor states, List<Layout> layouts) {
        return sketch.shown(new Conditioning(states, new int[] {8}), layouts, new int[] {2}, latents).unplaced().item();
    }

    @Test void aPictureThatIsCutOffIsNotAskedFor() {
        Layout cut = Layout.of(List.of(new int[] {7}, new int[] {8}), 4, 3, 3, 1);
        Sketch.Shown shown = sketch.shown(new Conditioning(said(1, 1).narrow(0, 0, 1), new int[] {3}), List.of(cut), new int[] {1}, latents.narrow(0, 0, 1));
        assertEquals(0, shown.missed().item());
        assertEquals(0, shown.unplaced().item());
    }
}
