/** Data-parallel training over several processes. */
package dev.mige4j.train.distributed;
