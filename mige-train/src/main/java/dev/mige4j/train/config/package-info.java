/**
 * Training configurations: shipped defaults, a user's file merged over them, validation, and documentation of each key.
 */
package dev.mige4j.train.config;
