package dev.mige4j.cli;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The numbers that an option accepts; checked by {@link OptionValues} before the command runs. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.FIELD)
@interface Range {

    /** The smallest number. */
    double min();

    /** The largest number; default: that of an int. */
    double max() default Integer.MAX_VALUE;
}
