/** Groups I and N: a hostile server against our client's channels. */
import { checkClientCases } from './client-case.js';
import { channelClientCases, openClientCases } from './cases/client-channels.js';

checkClientCases('I: channels of a client', channelClientCases);
checkClientCases('N: channels that a server opens', openClientCases);
