-- Makes the modules of spec/support loadable; busted runs this first.
package.path = "spec/support/?.lua;" .. package.path
