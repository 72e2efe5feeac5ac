package dev.mige4j.photos;

import java.util.List;
import java.util.Locale;

/** The tasks for which photographs give records: both are edits with the help of a subject. */
public enum PhotoTask {

    /** Add an object to the source: the references are the object and the source. */
    ADD {
        @Override
        public <T> List<T> references(T source, T object) {
            return List.of(object, source);
        }
    },

    /** Put an object in place of another one: the references are the source and the object. */
    REPLACE {
        @Override
        public <T> List<T> references(T source, T object) {
            return List.of(source, object);
        }
    };

    /** The folder of the records, by which the reference tells tasks apart: {@code add} or {@code replace}. */
    public String folder() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The references in the order of the placeholders of an instruction. */
    public abstract <T> List<T> references(T source, T object);
}
