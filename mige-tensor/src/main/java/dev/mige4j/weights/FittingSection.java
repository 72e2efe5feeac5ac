package dev.mige4j.weights;

import dev.mige4j.weights.torch.SectionSelector;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Chooses the section of a {@code torch.save} file that has the most tensors of a model. Of several, the first in the
 * order of {@link SectionSelector#select}, so {@code state_dict} before others and averaged (EMA) weights last.
 */
public final class FittingSection implements SectionSelector {

    private final ShapeRecorder shapes;

    /** @param shapes of the model */
    public FittingSection(ShapeRecorder shapes) {
        this.shapes = shapes;
    }

    @Override
    public Choice select(String file, List<Section> sections) {
        List<Section> fitting = new ArrayList<>();
        int most = 1;
        for (Section section : sections) {
            int count = fittingTensorCount(section);
            if (count > most) fitting.clear();
            if (count >= most) fitting.add(section);
            most = Math.max(most, count);
        }
        // none fits a file of another model; comparing it with this one says so
        Section chosen = fitting.isEmpty() ? sections.get(0) : fitting.get(0);
        boolean expected = chosen.name().isEmpty() || chosen.name().equals("state_dict");
        if (fitting.isEmpty() || (fitting.size() == 1 && expected)) return new Choice(chosen, null);
        if (fitting.size() == 1)
            return new Choice(chosen, file + ": reads " + chosen.label() + ", the only one that fits the model");
        return new Choice(
                chosen,
                file + ": reads " + chosen.label() + "; the model fits "
                        + fitting.stream().skip(1).map(Section::label).collect(Collectors.joining(", "))
                        + ", too (--section " + fitting.get(1).name() + ")");
    }

    private int fittingTensorCount(Section section) {
        StoredNames names = new StoredNames();
        names.addAll(section.shapes().keySet());
        return (int) shapes.specs().entrySet().stream()
                .filter(spec -> {
                    String stored = names.find(spec.getKey());
                    return stored != null
                            && KeyMapping.fitShape(
                                            spec.getKey(),
                                            section.shapes().get(stored),
                                            spec.getValue().shape())
                                    != KeyMapping.ShapeFit.MISMATCH;
                })
                .count();
    }
}
