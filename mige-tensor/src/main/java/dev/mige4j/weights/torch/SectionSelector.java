package dev.mige4j.weights.torch;

import dev.mige4j.common.UsageException;
import dev.mige4j.weights.format.TensorFile;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Chooses the section of a {@code torch.save} file that is read. */
@FunctionalInterface
public interface SectionSelector {

    /**
     * A dictionary of tensors inside a file.
     *
     * @param name keys on the way from the top level, such as {@code model.state_dict}; empty for the top level itself
     * @param shapes of the tensors that can be read, by name
     */
    record Section(String name, Map<String, long[]> shapes) {
        /** The only section of a file without sections. */
        public static Section of(TensorFile file) {
            Map<String, long[]> shapes = new LinkedHashMap<>();
            file.tensorInfos().forEach((name, info) -> shapes.put(name, info.shape()));
            return new Section("", shapes);
        }

        /** {@code section 'ema'}, or {@code the top level}. */
        public String label() {
            return name.isEmpty() ? "the top level" : "section '" + TensorFile.sanitize(name) + "'";
        }
    }

    /**
     * The section to read, and why.
     *
     * @param note a sentence for the user, without a period; null if there was no choice
     */
    record Choice(Section section, String note) {}

    /**
     * Chooses a section.
     *
     * @param file name of the file, for messages
     * @param sections at least one; {@code state_dict} first, then the larger ones, averaged (EMA) weights last
     */
    Choice select(String file, List<Section> sections);

    /** The first section. */
    SectionSelector FIRST = (file, sections) -> new Choice(sections.get(0), null);

    /** The section of this name; a {@link UsageException} that lists the sections if there is none. */
    static SectionSelector named(String name) {
        return (file, sections) -> sections.stream()
                .filter(section -> section.name().equals(name))
                .findFirst()
                .map(section -> new Choice(section, null))
                .orElseThrow(() -> new UsageException(
                        "%s: has no section '%s'; it has %s.",
                        file,
                        TensorFile.sanitize(name),
                        sections.stream().limit(12).map(Section::label).collect(Collectors.joining(", "))));
    }
}
