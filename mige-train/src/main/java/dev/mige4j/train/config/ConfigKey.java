package dev.mige4j.train.config;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Documents a key of a training configuration: a component of a configuration record. */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface ConfigKey {

    /**
     * Description of the key, with its unit or range. Null is only accepted where this says what it stands for, as in
     * {@code weight decay; null: that of the optimizer}.
     */
    String value();

    /** The value, as JSON, that a missing key has; empty: the key is required. */
    String defaultValue() default "";
}
