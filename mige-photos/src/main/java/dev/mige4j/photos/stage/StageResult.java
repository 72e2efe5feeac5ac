package dev.mige4j.photos.stage;

import dev.mige4j.common.UsageException;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * What a stage decided on an item: it is kept, with a value, or dropped, with a reason.
 *
 * @param <O> the value of a kept item
 */
public sealed interface StageResult<O> {

    /** The item goes on to the next stage with this value. */
    record Kept<O>(O value) implements StageResult<O> {

        /** @throws UsageException when the value is null */
        public Kept {
            UsageException.requireNonNull(value, "value");
        }
    }

    /**
     * The item ends here.
     *
     * @param reason a key of lower-case letters and underscores, by which reports count, such as {@code too_small}
     * @param explanation one sentence with what was found and what was expected
     */
    record Dropped<O>(String reason, String explanation) implements StageResult<O> {

        private static final Pattern REASON = Pattern.compile("[a-z]+(_[a-z]+)*");

        /** @throws UsageException when the reason is no such key */
        public Dropped {
            if (!REASON.matcher(reason).matches())
                throw new UsageException("The reason '%s' is no key such as 'too_small'.", reason);
        }
    }

    /** A kept item. */
    static <O> StageResult<O> kept(O value) {
        return new Kept<>(value);
    }

    /** A dropped item; {@code explanation} and {@code values} as in {@link String#format}. */
    static <O> StageResult<O> dropped(String reason, String explanation, Object... values) {
        return new Dropped<>(reason, String.format(Locale.ROOT, explanation, values));
    }

    /** The result of the next stage if the item is kept, and otherwise this reason. */
    default <P> StageResult<P> then(Function<? super O, StageResult<P>> next) {
        if (this instanceof Kept<O> kept) return next.apply(kept.value());
        Dropped<O> dropped = (Dropped<O>) this;
        return new Dropped<>(dropped.reason(), dropped.explanation());
    }
}
