/** What tests of several modules need. */
@NullMarked
package io.github.gymhttpapi.testing;

import org.jspecify.annotations.NullMarked;
